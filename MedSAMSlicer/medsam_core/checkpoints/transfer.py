"""One request for one file, from its start or from where an earlier attempt ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests

from medsam_core.errors import DownloadError

MAX_BYTES = 16 << 30
"""No checkpoint that we know is larger, its optimizer included."""

_CHUNK = 1 << 16  # what is lost, at most, when a connection breaks
_MAX_REDIRECTS = 8
_CONNECT_SECONDS, _READ_SECONDS = 15, 60
_MAX_WAIT_SECONDS = 60
_TRY_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_CHECK_ADDRESS = "check the address, or give another --url"


class Dropped(Exception):
    """The connection failed in a way that another attempt may mend."""

    def __init__(self, reason: str, wait_seconds: float = 0) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Transfer:
    """Bytes on their way.

    Attributes:
        start: offset in the file of the first byte that will come.
        total: size of the whole file, or None where the server does not say.
        validator: what names this version (ETag or date), to be given back on the next attempt.
        chunks: gives the bytes; raises `Dropped`.
    """

    start: int
    total: int | None
    validator: str | None
    chunks: Callable[[], Iterator[bytes]]


@contextmanager
def open_transfer(url: str, have: int, validator: str | None, *, verifiable: bool) -> Iterator[Transfer]:
    """Ask for a file, from byte `have` on if that is safe.

    Args:
        url: https, http or file.
        have: bytes that are already here.
        validator: the version that these bytes are of, or None.
        verifiable: a checksum will tell if two versions were joined, so going on without a validator is safe.

    Raises:
        DownloadError: it will not work later either.
        Dropped: it may.
    """
    if urlsplit(url).scheme.lower() == "file":
        with _open_file(url, have if verifiable else 0) as transfer:
            yield transfer
        return
    with requests.Session() as session:
        session.max_redirects = _MAX_REDIRECTS
        response = _ask(session, url, have if validator or verifiable else 0, validator)
        with response:
            yield _transfer_of(response, url, have, verifiable)


@contextmanager
def _open_file(url: str, have: int) -> Iterator[Transfer]:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise DownloadError(url, "names another machine", "give a file of this one, as file:///...")
    path = Path(url2pathname(parts.path))
    if path.exists() and not path.is_file():  # a device or a pipe may never end
        raise DownloadError(path, "is no regular file", _CHECK_ADDRESS)
    try:
        total = path.stat().st_size
        file = path.open("rb")
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise DownloadError(path, problem, _CHECK_ADDRESS) from error
    start = have if have <= total else 0
    with file:
        file.seek(start)
        yield Transfer(start, total, None, lambda: iter(lambda: file.read(_CHUNK), b""))


def _ask(session: requests.Session, url: str, have: int, validator: str | None) -> requests.Response:
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if validator:
            headers["If-Range"] = validator
    response = _get(session, url, headers)
    if have and not _goes_on(response, have, validator):
        response.close()
        return _get(session, url, {"Accept-Encoding": "identity"})
    return response


def _get(session: requests.Session, url: str, headers: dict[str, str]) -> requests.Response:
    try:
        return session.get(url, headers=headers, stream=True, timeout=(_CONNECT_SECONDS, _READ_SECONDS))
    except requests.exceptions.SSLError as error:
        raise DownloadError(url, "its certificate cannot be trusted", _CHECK_ADDRESS) from error
    except requests.TooManyRedirects as error:
        raise DownloadError(url, f"redirects more than {_MAX_REDIRECTS} times", _CHECK_ADDRESS) from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise Dropped(_reason(error)) from error
    except (requests.RequestException, UnicodeError) as error:
        raise DownloadError(url, f"cannot be asked for ({error})", _CHECK_ADDRESS) from error


def _goes_on(response: requests.Response, have: int, validator: str | None) -> bool:
    """Whether the answer to a request for the rest can be used; else ask for the whole file."""
    if response.status_code == 416:
        return _total_of(response) == have
    if response.status_code != 206:
        return True
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if match is None or int(match[1]) != have:
        return False
    answered = _validator_of(response)
    return validator is None or answered is None or answered == validator


def _transfer_of(response: requests.Response, url: str, have: int, verifiable: bool) -> Transfer:
    status = response.status_code
    if status == 416:  # all of it is here already
        return Transfer(have, have, _validator_of(response), lambda: iter(()))
    if status in _TRY_LATER:
        raise Dropped(f"the server answered {status} {response.reason}", _retry_after(response))
    if status not in (200, 206):
        raise DownloadError(url, f"the server answered {status} {response.reason}", _CHECK_ADDRESS)
    _refuse_strange_answers(response, url, verifiable)
    start = have if status == 206 else 0
    return Transfer(start, _total_of(response), _validator_of(response), lambda: _chunks_of(response))


def _refuse_strange_answers(response: requests.Response, url: str, verifiable: bool) -> None:
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        raise DownloadError(url, "is a web page, not a file", "open it in a browser, download by hand")
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise DownloadError(url, "is sent compressed, so it could not be resumed", _CHECK_ADDRESS)
    asked_safely = url.lower().startswith("https:")
    if asked_safely and not response.url.lower().startswith("https:") and not verifiable:
        raise DownloadError(url, "redirects to an address without encryption", "give --sha256 to check it by")


def _total_of(response: requests.Response) -> int | None:
    if response.status_code in (206, 416):
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
    else:
        total = response.headers.get("Content-Length", "")
    return int(total) if total.isdecimal() else None


def _validator_of(response: requests.Response) -> str | None:
    tag = response.headers.get("ETag")
    if tag and not tag.startswith("W/"):  # a weak tag does not promise the same bytes
        return tag
    return response.headers.get("Last-Modified")


def _retry_after(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return min(int(text), _MAX_WAIT_SECONDS) if text.isdecimal() else 0


def _chunks_of(response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(_CHUNK)
    except requests.RequestException as error:
        raise Dropped("the connection broke off") from error


def _reason(error: Exception) -> str:
    """The innermost cause, e.g. "[Errno 111] Connection refused"; the layers around it repeat the address."""
    inner = getattr(error.args[0], "reason", error) if error.args else error
    return " ".join(str(inner).rpartition(": ")[2].split())[:200] or type(error).__name__
