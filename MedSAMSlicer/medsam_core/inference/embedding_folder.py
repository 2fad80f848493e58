"""Embeddings on disk, bounded."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import threading
import time
from pathlib import Path
from typing import NamedTuple

from medsam_core.errors import MedSAMError
from medsam_core.inference.embedding import Embedding

_NAME = re.compile(r"[0-9a-f]{64}\.safetensors")
_TEMPORARY = re.compile(r"\.tmp-[0-9a-f]{16}")
_STALE_SECONDS = 3600
_log = logging.getLogger(__name__)


class _Entry(NamedTuple):
    used: float
    bytes: int
    path: Path


class EmbeddingFolder:
    """Files named by the digest of their cache key, the least recently used removed past `max_bytes`.

    Several processes may share a folder: files appear whole (written beside, then renamed) and may vanish at
    any time. What cannot be read back is removed. Files of other names are left alone. Embeddings are made
    of patients' images, so only the user may enter the folder.

    Args:
        folder: made at the first write.
        max_bytes: for all files together.
    """

    def __init__(self, folder: str | os.PathLike[str], max_bytes: int) -> None:
        self.folder = Path(folder)
        self.max_bytes = max_bytes
        self.failures = 0
        self._lock = threading.Lock()

    def holds(self, digest: str) -> bool:
        """Whether there is a file of that digest."""
        return self._path(digest).is_file()

    def read(self, digest: str) -> Embedding | None:
        """The embedding of that digest; None if it is not there or not whole."""
        path = self._path(digest)
        with self._lock:
            if not path.is_file():
                return None
            try:
                embedding = Embedding.load(path)
            except MedSAMError as error:
                return self._give_up(path, str(error))
            if embedding.key != digest:
                return self._give_up(path, f"{path}: holds another embedding")
            with contextlib.suppress(OSError):  # read-only media: it only ages
                os.utime(path)
            return embedding

    def write(self, digest: str, embedding: Embedding) -> None:
        """Keep an embedding; a disk that is full or read-only costs the copy, not the caller's work."""
        if embedding.nbytes > self.max_bytes:
            return
        temporary = self.folder / f".tmp-{secrets.token_hex(8)}"
        with self._lock:
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._make_room(embedding.nbytes)
                embedding.save(temporary)
                temporary.replace(self._path(digest))
            except OSError as error:
                self.failures += 1
                _log.warning("embedding not kept on disk: %s", error)
            finally:
                with contextlib.suppress(OSError):
                    temporary.unlink(missing_ok=True)

    def usage(self) -> tuple[int, int]:
        """Number of embeddings and their bytes."""
        entries = self._entries()
        return len(entries), sum(entry.bytes for entry in entries)

    def clear(self) -> None:
        """Remove every embedding."""
        with self._lock:
            for entry in self._entries():
                entry.path.unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest}.safetensors"

    def _give_up(self, path: Path, reason: str) -> None:
        self.failures += 1
        _log.warning("removed from the embedding cache: %s", reason)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def _make_room(self, wanted: int) -> None:
        entries = sorted(self._entries())
        total = sum(entry.bytes for entry in entries) + wanted
        for entry in entries:
            if total <= self.max_bytes:
                return
            entry.path.unlink(missing_ok=True)
            total -= entry.bytes

    def _entries(self) -> list[_Entry]:
        """What is there; leftovers of processes that died while writing are removed on the way."""
        found = []
        if not self.folder.is_dir():
            return found
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process removed it
                status = path.stat()
                if _NAME.fullmatch(path.name):
                    found.append(_Entry(status.st_mtime, status.st_size, path))
                elif _TEMPORARY.fullmatch(path.name) and time.time() - status.st_mtime > _STALE_SECONDS:
                    path.unlink(missing_ok=True)
        return found
