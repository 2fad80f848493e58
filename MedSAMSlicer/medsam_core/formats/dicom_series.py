"""The series of a DICOM folder, and the choice of one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from medsam_core.errors import VolumeError
from medsam_core.formats.byte_stream import damaged
from medsam_core.formats.dicom_file_meta import read_file_meta
from medsam_core.formats.dicom_image import DicomImage, read_dicom_image

MAX_FILES = 50_000

_LARGEST_NUMBER = 9999


@dataclass(frozen=True)
class DicomSeries:
    """Images of one series that have one size and orientation (a localiser of the same UID stands apart)."""

    images: tuple[DicomImage, ...]

    @property
    def uid(self) -> str:
        """The series instance UID, "" in some anonymised files."""
        return self.images[0].series_uid

    def __str__(self) -> str:
        first = self.images[0]
        columns, rows, frames = first.size
        size = f"{columns} x {rows}" + (f" x {frames}" if frames > 1 else "")
        count = f"{len(self.images)} image{'s' if len(self.images) > 1 else ''}"
        description = first.description or "no description"
        return (
            f"{description} ({first.modality or 'no modality'}, {count}, {size}, UID {self.uid or 'empty'})"
        )


def find_series(folder: Path) -> list[DicomSeries]:
    """All image series in a folder and the folders below, by series number and UID.

    Raises:
        VolumeError: there are none, one of them is cut off or damaged, or there are more than ``MAX_FILES``
            files.
    """
    stacks: dict[tuple[object, ...], dict[str, DicomImage]] = {}
    for path in _dicom_files(folder):
        image = _read(path)
        if image is not None:
            key = image.instance_uid or str(path)  # a second copy of an image counts once
            stacks.setdefault(image.layout, {}).setdefault(key, image)
    if not stacks:
        remedy = "give a folder of DICOM images or one image file"
        raise VolumeError(folder, "holds no DICOM images", remedy)
    series = [DicomSeries(tuple(images.values())) for images in stacks.values()]
    return sorted(series, key=lambda one: (one.images[0].series_number, one.uid, one.images[0].path))


def choose_series(folder: Path, found: list[DicomSeries], wanted: str | None) -> DicomSeries:
    """The series to read.

    Args:
        folder: for the message.
        found: what ``find_series`` returned.
        wanted: None if there is one only; else a number counted from 1 in the order of the message, a UID, or
            the start or end of a UID that belongs to one series only.

    Raises:
        VolumeError: there are several and none was chosen, or the choice fits none or several; lists all.
    """
    if wanted is None:
        chosen = found
    elif wanted.isascii() and wanted.isdigit() and int(wanted) <= _LARGEST_NUMBER:
        chosen = found[int(wanted) - 1 : int(wanted)] if wanted != "0" else []
    else:
        exact = [one for one in found if one.uid == wanted]
        chosen = exact or [one for one in found if one.uid.startswith(wanted) or one.uid.endswith(wanted)]
    if wanted != "" and len(chosen) == 1:
        return chosen[0]
    names = ", ".join(f"{n} = {one}" for n, one in enumerate(found, 1))
    problem = f"holds {len(found)} series" if wanted is None else f"has no single series '{wanted}'"
    raise VolumeError(folder, problem, f"choose one with --series, by number or UID: {names}")


def _read(path: Path) -> DicomImage | None:
    """The image of a file, None for reports, segmentations and the like; a damaged image is an error."""
    meta = read_file_meta(path)
    if meta is not None and meta.is_segmentation:  # written beside its images, it is none of them
        return None
    image = read_dicom_image(path)
    if image is None and meta is not None and meta.claims_an_image:
        raise damaged(path)
    return image


def _dicom_files(folder: Path) -> list[Path]:
    paths: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        paths += [Path(parent, name) for name in sorted(names) if not name.startswith(".")]
        if len(paths) > MAX_FILES:
            raise VolumeError(folder, f"holds more than {MAX_FILES} files", "give the folder of one study")
    marked = [path for path in paths if _is_marked(path)]
    return marked or [path for path in paths if path.suffix.lower() in (".dcm", ".dicom", ".ima")]


def _is_marked(path: Path) -> bool:
    try:
        return read_file_meta(path) is not None
    except OSError:  # unreadable neighbours (sockets, rights) are none of the images
        return False
