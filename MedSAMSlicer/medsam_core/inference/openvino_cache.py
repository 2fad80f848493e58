"""Converted networks on disk: found by what they were made from, whole or absent, bounded in bytes."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from medsam_core.checkpoints.digest import sha256_of
from medsam_core.errors import Cancelled, MedSAMError
from medsam_core.inference.embedding_cache import cache_folder

LIMIT_BYTES = 8 << 30
"""ViT-B takes 0.4 GB, ViT-H 2.6 GB."""

FORMAT = 1
MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"
_STALE_SECONDS = 24 * 3600
_LOCK_POLL_SECONDS = 0.2

Cancel = Callable[[], bool]


@dataclass(frozen=True)
class ConvertedNetwork:
    """A promptable network as OpenVINO files.

    Attributes:
        folder: where they lie: ``encoder.xml``, ``decoder.xml``, ``decoder-mask.xml`` and their weights.
        image_size, low_resolution: as of the network.
        feature_shapes: of the encoder's maps, without the batch.
        relative_error: precision -> what it differed from PyTorch in fp32 when it was converted here,
            ``|a - b| / |b|``, the worst of encoder and decoder.
    """

    folder: Path
    image_size: int
    low_resolution: int
    feature_shapes: tuple[tuple[int, ...], ...]
    relative_error: Mapping[str, float]

    def write_manifest(self) -> None:
        """Describe the folder's files in it; written last, so a folder without it is not whole."""
        files = {
            path.name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in sorted(self.folder.iterdir())
            if path.suffix in (".xml", ".bin")
        }
        content = {
            "format": FORMAT,
            "image_size": self.image_size,
            "low_resolution": self.low_resolution,
            "feature_shapes": [list(shape) for shape in self.feature_shapes],
            "relative_error": dict(self.relative_error),
            "files": files,
        }
        (self.folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> ConvertedNetwork | None:
        """Read a folder; None if anything in it is absent or not as it was written."""
        try:
            content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            for name, row in content["files"].items():
                path = folder / Path(name).name
                if path.stat().st_size != row["bytes"] or sha256_of(path) != row["sha256"]:
                    return None
            return cls._from_json(folder, content)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, MedSAMError):
            return None

    @classmethod
    def _from_json(cls, folder: Path, content: Mapping[str, Any]) -> ConvertedNetwork:
        return cls(
            folder,
            int(content["image_size"]),
            int(content["low_resolution"]),
            tuple(tuple(int(side) for side in shape) for shape in content["feature_shapes"]),
            {str(name): float(value) for name, value in content["relative_error"].items()},
        )


class OpenVINOCache:
    """The folder of converted networks.

    An entry is named by the network's identity (`CheckpointInfo.identity`), OpenVINO's version and the
    version of our conversion: any of them new means another entry.
    """

    def __init__(self, root: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        """Use `root`; else a folder beside the embeddings' one in the user's cache."""
        self.root = root or cache_folder().with_name("openvino")
        self.limit_bytes = limit_bytes

    def folder_of(self, identity: str) -> Path:
        """Where a network's entry is or would be."""
        text = f"{identity} {importlib.metadata.version('openvino')} {FORMAT}"
        return self.root / hashlib.sha256(text.encode()).hexdigest()[:32]

    def find(self, identity: str) -> ConvertedNetwork | None:
        """Look a network up; an entry that is damaged counts as absent."""
        folder = self.folder_of(identity)
        found = ConvertedNetwork.read(folder)
        if found is not None:
            with contextlib.suppress(OSError):  # a read-only cache works, it only forgets what was used last
                os.utime(folder / MANIFEST)
        return found

    @contextlib.contextmanager
    def unfinished(self, identity: str, cancel: Cancel | None = None) -> Iterator[Path]:
        """Lend an empty folder to convert into, to one process at a time; what is left in it is removed.

        Raises:
            Cancelled: `cancel` said so while another process was converting.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        folder = self.folder_of(identity)
        lock = filelock.FileLock(self.root / f"{folder.name}.lock")
        _acquire(lock, cancel)
        place = self.root / f"{_UNFINISHED}{folder.name}"
        try:
            shutil.rmtree(place, ignore_errors=True)  # of a conversion that was killed
            place.mkdir()
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            lock.release()

    def publish(self, identity: str, place: Path) -> ConvertedNetwork | None:
        """Make a finished folder the network's entry, then drop the least recently used ones.

        Returns:
            The entry; None, and nothing changes, if `place` is not whole.
        """
        folder = self.folder_of(identity)
        finished = ConvertedNetwork.read(place)
        if finished is None:
            return None
        shutil.rmtree(folder, ignore_errors=True)  # a damaged one
        place.rename(folder)
        self._drop_old(keep=folder)
        return dataclasses.replace(finished, folder=folder)

    def _drop_old(self, keep: Path) -> None:
        entries = [path for path in self.root.iterdir() if path.is_dir()]
        for path in entries:
            if path.name.startswith(_UNFINISHED) and time.time() - _used_at(path) > _STALE_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
        whole = sorted((p for p in entries if not p.name.startswith(".") and p != keep), key=_used_at)
        total = _bytes_of(keep) + sum(_bytes_of(path) for path in whole)
        for path in whole:
            if total <= self.limit_bytes:
                return
            total -= _bytes_of(path)
            shutil.rmtree(path, ignore_errors=True)


def _acquire(lock: filelock.BaseFileLock, cancel: Cancel | None) -> None:
    while True:
        try:
            lock.acquire(timeout=_LOCK_POLL_SECONDS)
            return
        except filelock.Timeout:
            if cancel is not None and cancel():
                raise Cancelled("the conversion to OpenVINO") from None


def _used_at(folder: Path) -> float:
    marker = folder / MANIFEST
    return (marker if marker.exists() else folder).stat().st_mtime


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
