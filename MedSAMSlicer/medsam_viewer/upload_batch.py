"""Files sent by the browser, on disk for as long as it takes to read them."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from medsam_core.errors import VolumeError
from medsam_core.volume_reader import READERS

MOST_BYTES = 4 << 30
MOST_FILES = 5_000
LEFT_FREE = 256 << 20
"""Bytes of the disk that are not filled."""

_HEADERS = (".mhd", ".nhdr")
_DICOM = (".dcm", ".dicom", ".ima")


class UploadBatch:
    """Files that belong together. What they are called decides nothing but how they are read.

    Args:
        parent: a folder of this process alone.
        files, size: how many files and bytes were announced.

    Raises:
        VolumeError: that is too much.
    """

    def __init__(self, parent: Path, files: int, size: int) -> None:
        self._left_files, self._left_bytes = files, size
        if not 0 < files <= MOST_FILES:
            problem = f"are {files} files, and {MOST_FILES} at most are taken"
            raise VolumeError("what was sent", problem, "send those of one series")
        if not 0 <= size <= MOST_BYTES:
            problem = f"has {_gigabytes(size)}, and {_gigabytes(MOST_BYTES)} at most are taken"
            raise VolumeError("what was sent", problem, "open it by --folder instead")
        if shutil.disk_usage(parent).free < size + LEFT_FREE:
            raise VolumeError("what was sent", "does not fit on the disk there", "make room, or send less")
        self._whole = Path(tempfile.mkdtemp(dir=parent))
        self.folder = self._whole / "upload"
        self.folder.mkdir(mode=0o700)
        self._names: list[str] = []

    def new_file(self, given: str) -> BinaryIO:
        """A file to be filled; never one that exists, never outside of the batch's folder.

        Args:
            given: what the browser calls it.

        Raises:
            VolumeError: there are more files than were announced.
        """
        self._left_files -= 1
        if self._left_files < 0:
            raise VolumeError("what was sent", "is more than was announced", "send it again")
        name = safe_name(given, len(self._names))
        if (self.folder / name).exists():
            name = f"{len(self._names)}-{name}"
        self._names.append(name)
        return (self.folder / name).open("xb")

    def take(self, count: int) -> None:
        """So many bytes are about to be written.

        Raises:
            VolumeError: they are more than were announced.
        """
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise VolumeError("what was sent", "is more than was announced", "send it again")

    def volume(self) -> tuple[Path, str]:
        """What is to be opened of it, and what to call that.

        One file by itself; a header with its data beside it; several others as the images of a DICOM series.

        Raises:
            VolumeError: they are several volumes.
        """
        if len(self._names) == 1:
            return self.folder / self._names[0], self._names[0]
        headers = [name for name in self._names if name.lower().endswith(_HEADERS)]
        if len(headers) == 1:
            return self.folder / headers[0], headers[0]
        images = [name for name in self._names if name.lower().endswith(_ONE_BY_ONE)]
        if images and len(images) == len(self._names):
            problem = "are several images"
            raise VolumeError(f"{len(images)} files", problem, "send one, or the files of one DICOM series")
        return self.folder, f"{len(self._names)} files"

    def close(self) -> None:
        """Leave nothing of it."""
        shutil.rmtree(self._whole, ignore_errors=True)


_ONE_BY_ONE = tuple(suffix for suffix in READERS if suffix not in _DICOM)


def safe_name(given: str, number: int) -> str:
    """A plain file name: no folder, no hidden file, no more than 100 of harmless characters."""
    last = re.split(r"[/\\]", given)[-1]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", last).lstrip("._-")
    return plain[-100:].lstrip("._-") or f"file-{number}"


def _gigabytes(size: int) -> str:
    return f"{size / (1 << 30):.1f} GB"
