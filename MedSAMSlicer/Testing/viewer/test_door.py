"""Who comes in, and who does not: a running viewer, asked over the network."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from medsam_core.volume import Volume
from testkit.viewer_page import ViewerPage
from testkit.viewer_process import ViewerProcess

SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def ask(viewer: ViewerProcess, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Status and text of an answer."""
    where = urlsplit(viewer.address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=20)
    connection.request("GET", path, headers=dict(headers or {}))
    answer = connection.getresponse()
    text = "" if answer.status == 101 else answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


def test_the_link_is_for_this_machine_and_has_a_long_secret(a_viewer: ViewerProcess) -> None:
    where = urlsplit(a_viewer.link)
    assert where.hostname == "127.0.0.1"
    assert len(where.query.removeprefix("secret=")) >= 40


@pytest.mark.parametrize("path", ["/", "/index.html", "/index.html?secret=wslink-secret"])
def test_the_page_wants_the_secret(a_viewer: ViewerProcess, path: str) -> None:
    status, text = ask(a_viewer, path)
    assert status == 403
    assert "the link" in text.lower()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_name_that_others_may_point_here_is_refused(a_viewer: ViewerProcess, host: str) -> None:
    path = "/index.html?" + urlsplit(a_viewer.link).query
    assert ask(a_viewer, path, {"Host": host})[0] in (400, 403)


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_connection_from_another_page_is_refused(a_viewer: ViewerProcess, origin: str | None) -> None:
    headers = SOCKET if origin is None else {**SOCKET, "Origin": origin}
    assert ask(a_viewer, "/ws", headers)[0] == 403


def test_our_own_page_may_connect(a_viewer: ViewerProcess) -> None:
    assert ask(a_viewer, "/ws", {**SOCKET, "Origin": a_viewer.address})[0] == 101


def test_the_page_begins_without_an_error_in_the_browsers_console(
    the_browser: Any, the_truth: Volume
) -> None:
    viewer = ViewerProcess()
    context = the_browser.new_context()
    page, told = context.new_page(), []
    page.on("console", lambda message: message.type in ("error", "warning") and told.append(message.text))
    page.on("response", lambda answer: answer.status >= 400 and told.append(answer.url))
    ViewerPage(page, viewer.link, the_truth.geometry)
    context.close()
    assert viewer.close() == 0
    assert told == []


def test_a_second_browser_is_told_that_the_viewer_is_in_use(
    a_viewer: ViewerProcess, the_page: ViewerPage, the_browser: Any
) -> None:
    context = the_browser.new_context()
    second = context.new_page()
    answer = second.goto(a_viewer.link)
    assert answer.status == 409
    assert "open in another window" in second.inner_text("body")
    context.close()
    the_page.click("tool")
    the_page.click("tool")
    assert the_page.errors == []
