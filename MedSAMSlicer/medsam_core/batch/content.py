"""Checksums of what a case is made from and of what it wrote."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from medsam_core.batch.case import Case
from medsam_core.errors import VolumeError
from medsam_core.formats.dicom_series import MAX_FILES
from medsam_core.formats.header_checks import data_file_beside

_CHUNK = 4 << 20
_LARGEST_HEADER = 1 << 16
_DETACHED = {".nhdr": rb"data ?file:[ \t]*([^\r\n]+)", ".mhd": rb"ElementDataFile[ \t]*=[ \t]*([^\r\n]+)"}


def sha256_of_file(path: Path) -> str:
    """Hexadecimal sha256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def inputs_of(case: Case) -> dict[str, str]:
    """What the result of a case depends on besides options and model, as short texts to compare.

    Names of files and folders do not count, only what is in them; in a DICOM folder the names within do.

    Raises:
        VolumeError: the image or the prompts file is not there or cannot be read.
    """
    inputs = {"image": _readable(case.image, sha256_of_image), "boxes": ";".join(case.boxes)}
    inputs["prompts"] = _readable(case.prompts, sha256_of_file) if case.prompts else ""
    inputs["part"] = f"{'' if case.frame is None else case.frame}/{case.series or ''}"
    return inputs


def sha256_of_image(path: Path) -> str:
    """Hexadecimal sha256 of an image: its file, its header and data file, or the files of its folder.

    Raises:
        OSError: a file cannot be read.
        VolumeError: the folder holds too many files.
    """
    files = list(_files_of_folder(path)) if path.is_dir() else [path, *_data_file(path)]
    if len(files) == 1 and not path.is_dir():
        return sha256_of_file(path)
    digest = hashlib.sha256()
    for file in files:
        name = file.relative_to(path).as_posix() if path.is_dir() else ""
        digest.update(f"{sha256_of_file(file)} {name}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files_of_folder(folder: Path) -> Iterator[Path]:
    count = 0
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith(".") or not path.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                problem = f"holds more than {MAX_FILES} files"
                raise VolumeError(folder, problem, "give the folder of one study")
            yield path


def _data_file(path: Path) -> Iterator[Path]:
    """The voxels' file of a header that lies apart from them; none if it cannot be told."""
    pattern = _DETACHED.get(path.suffix.lower())
    if pattern is None:
        return
    with path.open("rb") as stream:
        found = re.search(rb"^[ \t]*" + pattern, stream.read(_LARGEST_HEADER), re.MULTILINE | re.IGNORECASE)
    if found is not None:
        try:
            yield data_file_beside(path, found[1].decode("latin-1").strip())
        except VolumeError:  # reading the image will say so
            return


def _readable(path: Path, digest_of: Callable[[Path], str]) -> str:
    try:
        if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises on names that are too long
            raise VolumeError(path, "does not exist", "check the path")
        if not path.is_dir() and not path.is_file():  # a pipe would be waited for
            raise VolumeError(path, "is not a file", "give a file or a DICOM folder")
        return digest_of(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise VolumeError(path, f"cannot be read ({reason})", "check the path and its permissions") from error
