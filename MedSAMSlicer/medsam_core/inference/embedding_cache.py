"""Embeddings already computed, in memory and, if wanted, on disk."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from medsam_core.inference.embedding import Embedding
from medsam_core.inference.embedding_folder import EmbeddingFolder

FOLDER_VARIABLE = "MEDSAM_CACHE"
"""Environment variable that names another cache folder, e.g. a cluster node's local disk."""

DEFAULT_RAM_BYTES = 1 << 30
"""256 slices of SAM's 4 MB embedding."""

DEFAULT_DISK_BYTES = 4 << 30


def cache_folder() -> Path:
    """`FOLDER_VARIABLE`, else a folder in the user's cache folder; it need not exist yet."""
    override = os.environ.get(FOLDER_VARIABLE)
    if override:
        return Path(override).expanduser() / "embeddings"
    return platformdirs.user_cache_path("MedSAMSlicer", appauthor=False) / "embeddings"


@dataclass(frozen=True)
class CacheKey:
    """Everything that an embedding depends on.

    Attributes:
        image: checksum of the volume's or picture's content.
        intensity: the intensity window, as text.
        model: identity of the network.
        preset: name of the preset.
        plane: which slice of the volume, in which orientation (`slice_grid.SliceGrid.plane_key`).
        precision: of the computation.
    """

    image: str
    intensity: str
    model: str
    preset: str
    plane: str
    precision: str

    @property
    def digest(self) -> str:
        """64 hexadecimal digits, different for different keys."""
        fields = [str(value) for value in dataclasses.astuple(self)]
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


@dataclass(frozen=True)
class CacheStats:
    """What a cache holds and how it has done.

    Attributes:
        entries, ram_bytes: embeddings in memory.
        disk_entries, disk_bytes: embeddings on disk.
        hits, disk_hits, misses: look-ups answered from memory, from disk, not at all.
        disk_failures: files that could not be written, or were damaged and removed.
    """

    entries: int
    ram_bytes: int
    disk_entries: int
    disk_bytes: int
    hits: int
    disk_hits: int
    misses: int
    disk_failures: int


class EmbeddingCache:
    """Bounded; what was not used for longest leaves memory first, to the disk if there is a folder.

    Thread-safe.

    Args:
        ram_bytes: for all embeddings in memory together.
        folder: where those that leave memory go; None for nowhere. `cache_folder` is the user's.
        disk_bytes: for all files together.
    """

    def __init__(
        self,
        ram_bytes: int = DEFAULT_RAM_BYTES,
        folder: str | os.PathLike[str] | None = None,
        disk_bytes: int = DEFAULT_DISK_BYTES,
    ) -> None:
        self.ram_bytes = ram_bytes
        self._disk = None if folder is None else EmbeddingFolder(folder, disk_bytes)
        self._held: OrderedDict[str, Embedding] = OrderedDict()
        self._held_bytes = 0
        self._hits = self._disk_hits = self._misses = 0
        self._lock = threading.RLock()

    def get(self, key: CacheKey) -> Embedding | None:
        """The embedding kept under `key`, or None."""
        digest = key.digest
        with self._lock:
            if digest in self._held:
                self._hits += 1
                self._held.move_to_end(digest)
                return self._held[digest]
            found = self._disk.read(digest) if self._disk else None
            if found is None:
                self._misses += 1
                return None
            self._disk_hits += 1
            self._hold(digest, found)
            return found

    def put(self, key: CacheKey, embedding: Embedding) -> None:
        """Keep an embedding under `key`, in place of what was there."""
        digest = key.digest
        with self._lock:
            self._drop(digest)
            self._hold(digest, dataclasses.replace(embedding, key=digest))

    def persist(self) -> None:
        """Copy to disk what is only in memory, before the program ends."""
        with self._lock:
            for digest, embedding in self._held.items():
                self._spill(digest, embedding)

    def clear(self) -> None:
        """Forget everything, on disk too."""
        with self._lock:
            self._held.clear()
            self._held_bytes = 0
            if self._disk:
                self._disk.clear()

    def stats(self) -> CacheStats:
        """What it holds now."""
        with self._lock:
            disk_entries, disk_bytes = self._disk.usage() if self._disk else (0, 0)
            return CacheStats(
                entries=len(self._held),
                ram_bytes=self._held_bytes,
                disk_entries=disk_entries,
                disk_bytes=disk_bytes,
                hits=self._hits,
                disk_hits=self._disk_hits,
                misses=self._misses,
                disk_failures=self._disk.failures if self._disk else 0,
            )

    def _hold(self, digest: str, embedding: Embedding) -> None:
        self._held[digest] = embedding
        self._held_bytes += embedding.nbytes
        while self._held_bytes > self.ram_bytes:
            oldest = next(iter(self._held))
            self._spill(oldest, self._drop(oldest))

    def _drop(self, digest: str) -> Embedding | None:
        embedding = self._held.pop(digest, None)
        if embedding is not None:
            self._held_bytes -= embedding.nbytes
        return embedding

    def _spill(self, digest: str, embedding: Embedding) -> None:
        if self._disk and not self._disk.holds(digest):
            self._disk.write(digest, embedding)
