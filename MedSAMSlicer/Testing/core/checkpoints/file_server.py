"""A small file server on this machine that can fail the ways real ones do, and counts what it sends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What it serves and how; a test may change any of it between requests.

    Attributes:
        content: the one file, served at any path.
        etag: its version, or None to send none.
        knows_ranges: answers 206 to a Range.
        drop_after: bytes after which the connection is cut, one entry per request; then no more cuts.
        answers: statuses to answer with in place of the file, one entry per request.
        announce: a Content-Length to lie with.
        redirect_to: Location of a redirect for requests to /redirect.
        headers: further headers of the answer.
    """

    content: bytes
    etag: str | None = '"v1"'
    knows_ranges: bool = True
    drop_after: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    announce: int | None = None
    redirect_to: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    bytes_sent: int = 0
    requests: list[dict[str, str]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    served: FileServer

    def log_message(self, *arguments: object) -> None:
        """Stay quiet in the test's output."""

    def do_GET(self) -> None:
        served = self.served
        served.requests.append(dict(self.headers))
        if served.redirect_to and self.path.startswith("/redirect"):
            self._head(302, 0, {"Location": served.redirect_to})
        elif served.answers:
            self._head(served.answers.pop(0), 0, {})
        else:
            self._file(served)

    def _file(self, served: FileServer) -> None:
        start = self._start(served)
        size = len(served.content)
        if start >= size > 0 and start:
            self._head(416, 0, {"Content-Range": f"bytes */{size}"})
            return
        body = served.content[start:]
        extra = {"Content-Range": f"bytes {start}-{size - 1}/{size}"} if start else {}
        length = served.announce if served.announce is not None else len(body)
        self._head(206 if start else 200, length, extra)
        if served.drop_after:
            body = body[: served.drop_after.pop(0)]
        served.bytes_sent += len(body)
        with suppress(ConnectionError):  # a client that cancels hangs up
            self.wfile.write(body)

    def _start(self, served: FileServer) -> int:
        wanted = self.headers.get("Range", "")
        condition = self.headers.get("If-Range")
        stale = condition is not None and condition != served.etag
        if not served.knows_ranges or not wanted.startswith("bytes=") or stale:
            return 0
        return int(wanted.removeprefix("bytes=").split("-")[0])

    def _head(self, status: int, length: int, extra: dict[str, str]) -> None:
        self.send_response(status)
        if self.served.etag:
            self.send_header("ETag", self.served.etag)
        for name, value in {**extra, **self.served.headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving(content: bytes) -> Iterator[FileServer]:
    """Serve `content` on a free port of 127.0.0.1 until the block ends."""
    served = FileServer(content)
    handler = type("Handler", (_Handler,), {"served": served})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        served.url = f"http://127.0.0.1:{server.server_address[1]}/weights.pth"
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
