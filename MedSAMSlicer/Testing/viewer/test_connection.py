"""Connections lost and doors closed: nothing is lost, and everybody is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from testkit.cut_line import CutLine
from testkit.viewer_page import HEIGHT, WIDTH, ViewerPage
from testkit.viewer_process import ViewerProcess

LAST = 59


@pytest.fixture
def a_line(a_viewer: ViewerProcess, the_page: ViewerPage) -> Iterator[CutLine]:
    """To the viewer, whose usual page is closed meanwhile."""
    the_page.page.goto("about:blank")
    line = CutLine(a_viewer.link)
    yield line
    line.close()
    the_page.page.goto(a_viewer.link)
    the_page.wait_for("status", "Ready")


@pytest.fixture
def a_far_page(a_line: CutLine, the_browser: Any, the_truth: Any) -> Iterator[ViewerPage]:
    """A page at the far end of the line, in which a long propagation is under way."""
    context = the_browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    page = ViewerPage(context.new_page(), a_line.link, the_truth.geometry)
    page.open_volume("tall.nrrd")
    page.wait_for("volume", "tall")
    page.wait_until("get('Axial_last') === 59 && !get('segments').length")
    page.page.evaluate("window.trame.state.set('strategy', 'roi')")
    page.drag_box(96, 96, 160, 160)
    for end, index in (("first", 0), ("last", LAST)):
        page.part(f"through-{end}").fill(str(index + 1))
        page.part(f"through-{end}").press("Tab")
    page.click("propagate")
    page.wait_until("get('run_phase') === 'running' && get('strip').length > 0")
    yield page
    page.page.evaluate("window.trame.state.set('strategy', 'track')")
    context.close()


def test_a_run_goes_on_while_the_line_is_cut_and_the_page_comes_back_by_itself(
    a_line: CutLine, a_far_page: ViewerPage
) -> None:
    a_line.cut()
    a_far_page.wait_for("lost", "The connection to the viewer was lost")
    assert "kept" in a_far_page.text("lost")
    a_far_page.page.wait_for_timeout(2500)
    assert a_far_page.part("lost").is_visible()
    a_line.mend()
    a_far_page.wait_for("run", f"found on {LAST + 1} slices")
    a_far_page.click("commit")
    a_far_page.wait_for("message", "Written")
    assert a_far_page.millilitres() > 1


def test_a_page_that_was_closed_in_the_middle_of_a_run_finds_it_going_on_or_done(
    a_line: CutLine, a_far_page: ViewerPage
) -> None:
    a_far_page.page.goto("about:blank")
    a_far_page.page.goto(a_line.link)
    a_far_page.wait_for("status", "Ready")
    a_far_page.wait_for("run", "slices")
    a_far_page.wait_for("run", f"found on {LAST + 1} slices")
    a_far_page.click("discard")
    a_far_page.part("discard").wait_for(state="detached")


def test_another_volume_in_the_middle_of_a_run_ends_it_and_nothing_of_it_remains(
    a_far_page: ViewerPage,
) -> None:
    a_far_page.open_volume("image.nrrd")
    a_far_page.wait_until("get('volume_name') === 'image' && !get('run_phase') && !get('strip').length")
    assert a_far_page.state("segments") == []
    assert a_far_page.errors == []


def test_who_was_told_to_wait_comes_in_by_itself_when_the_first_has_left(
    a_viewer: ViewerProcess, the_page: ViewerPage, the_browser: Any
) -> None:
    context = the_browser.new_context()
    second = context.new_page()
    assert second.goto(a_viewer.link).status == 409
    assert "open in another window" in second.inner_text("body")
    the_page.page.goto("about:blank")
    second.locator('[data-test="status"]').filter(has_text="Ready").wait_for(timeout=30_000)
    context.close()
    the_page.page.goto(a_viewer.link)
    the_page.wait_for("status", "Ready")
