"""Files that the browser sends: announced, received file by file, read, removed."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import ClientError, web

from medsam_core.errors import OptionError, VolumeError
from medsam_viewer.messages import Messages
from medsam_viewer.upload_batch import UploadBatch

if TYPE_CHECKING:
    from trame_server.state import State

PATH = "/upload"
CHUNK = 1 << 20
SECONDS_BETWEEN_NEWS = 0.3

OpenFile = Callable[[Path, str], Awaitable[None]]


class Uploads:
    """One batch at a time; a new one takes the place of one that was left unfinished.

    Args:
        state: of the page.
        messages: for what went wrong.
        openers: what is meant -> is given a path and what the user calls it; when it returns, the files are
            removed.
    """

    def __init__(self, state: State, messages: Messages, openers: Mapping[str, OpenFile]) -> None:
        self._state, self._messages, self._openers = state, messages, openers
        self._open = next(iter(openers.values()))
        self._folder = Path(tempfile.mkdtemp(prefix="medsam-viewer-"))
        self._batch: UploadBatch | None = None
        self._key = ""
        self._done = self._size = 0
        self._told = 0.0
        state.update(uploading="", upload_percent=0)

    def begin(self, files: int, size: int, kind: str = "volume") -> str:
        """Files are about to come.

        Args:
            files, size: how many, and their bytes.
            kind: what they are meant to be.

        Returns:
            A key that each has to bring; nothing if they are refused.
        """
        with self._messages.edge():
            self._drop()
            if kind not in self._openers:
                raise OptionError("upload", f"there is none of '{kind}'", "reload the page")
            self._open = self._openers[kind]
            self._batch = UploadBatch(self._folder, int(files), int(size))
            self._key, self._done, self._size = secrets.token_urlsafe(16), 0, int(size)
            self._state.update(uploading=_announced(int(files), int(size)), upload_percent=0)
        return self._key

    async def receive(self, request: web.Request) -> web.Response:
        """One file, as the body of a request."""
        given = request.query.get("key", "").encode()
        if not self._key or not secrets.compare_digest(given, self._key.encode()):
            return web.Response(status=409, text="This upload was cancelled.")
        key = self._key
        try:
            await self._store(request, key)
        except VolumeError as error:
            self._fail(str(error))
            return web.Response(status=413, text=str(error))
        except OSError as error:  # a connection that was lost is one of them
            self._fail(f"upload: broke off ({error.strerror or type(error).__name__}); send it again")
            return web.Response(status=500)
        except (ClientError, web.RequestPayloadError):
            self._fail("upload: broke off; send it again")
            return web.Response(status=400)
        return web.Response(status=204) if key == self._key else web.Response(status=409)

    async def end(self, key: str) -> None:
        """All files are there."""
        if not key or key != self._key or self._batch is None:
            return
        batch, self._batch, opener = self._batch, None, self._open
        self._stop()
        try:
            with self._messages.edge():
                await opener(*batch.volume())
        finally:
            batch.close()

    def cancel(self) -> None:
        """Take no more of it."""
        if self._batch is not None:
            self._drop()
            self._messages.tell("The upload was cancelled.")

    def broke_off(self, key: str) -> None:
        """The browser could not go on."""
        if key and key == self._key:
            self._fail("upload: broke off; send it again")

    def close(self) -> None:
        """Leave no file behind."""
        self._drop()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _store(self, request: web.Request, key: str) -> None:
        batch = self._batch
        if batch is None:
            return
        loop = asyncio.get_running_loop()
        with batch.new_file(request.query.get("name", "")) as file:
            async for chunk in request.content.iter_chunked(CHUNK):
                if key != self._key:
                    return
                batch.take(len(chunk))
                await loop.run_in_executor(None, file.write, chunk)
                self._tell(len(chunk))

    def _tell(self, count: int) -> None:
        self._done += count
        if time.monotonic() - self._told > SECONDS_BETWEEN_NEWS:
            self._told = time.monotonic()
            self._state.upload_percent = 100 * self._done / max(self._size, 1)
            self._state.flush()

    def _fail(self, sentence: str) -> None:
        self._drop()
        self._messages.warn(sentence)
        self._state.flush()

    def _drop(self) -> None:
        if self._batch is not None:
            self._batch.close()
        self._batch = None
        self._stop()

    def _stop(self) -> None:
        self._key = ""
        self._state.update(uploading="", upload_percent=0)


def _announced(files: int, size: int) -> str:
    what = "1 file" if files == 1 else f"{files} files"
    return f"Sending {what}, {size / (1 << 20):.1f} MB"
