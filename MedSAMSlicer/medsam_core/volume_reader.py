"""Images of any supported format as volumes."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Protocol

from medsam_core.errors import VolumeError
from medsam_core.formats.dicom_reader import read_dicom_file, read_dicom_folder
from medsam_core.formats.image_reader import read_image
from medsam_core.formats.meta_image_reader import read_meta_image
from medsam_core.formats.nifti_reader import read_nifti
from medsam_core.formats.nrrd_reader import read_nrrd
from medsam_core.formats.tiff_reader import read_tiff
from medsam_core.volume import Volume


class FormatReader(Protocol):
    """Reads one format; errors are VolumeErrors that name the file."""

    def __call__(self, path: Path, *, frame: int | None = None, series: str | None = None) -> Volume: ...


READERS: dict[str, FormatReader] = {
    ".nii": read_nifti,
    ".nii.gz": read_nifti,
    ".nrrd": read_nrrd,
    ".nhdr": read_nrrd,
    ".mha": read_meta_image,
    ".mhd": read_meta_image,
    ".dcm": read_dicom_file,
    ".dicom": read_dicom_file,
    ".ima": read_dicom_file,
    ".png": read_image,
    ".jpg": read_image,
    ".jpeg": read_image,
    ".tif": read_tiff,
    ".tiff": read_tiff,
}

_DICOM_MAGIC_AT = 128
_DICOM_MAGIC = b"DICM"


def read_volume(
    path: str | os.PathLike[str], *, frame: int | None = None, series: str | None = None
) -> Volume:
    """Read an image: NIfTI, NRRD, MetaImage, a DICOM folder or file, PNG, JPEG or TIFF.

    Values keep the number type of the file (real numbers where the file rescales them), NaN and infinity
    included. The geometry is the file's exactly, sheared axes too.

    Args:
        path: the file or DICOM folder. The suffix tells the format; a file without one may be DICOM.
        frame: which volume of a 4D image, from 0.
        series: which series of a DICOM folder: a number counted from 1, a UID, or the start or end of a UID.

    Returns:
        The volume; its ``name`` is the series description or the file's name without suffix, its ``notes``
        say what had to be decided.

    Raises:
        VolumeError: there is no such file, it is of no known format, empty, cut off, damaged or too large, or
            ``frame`` or ``series`` is needed or wrong. Nothing is read before its size is known to be sane.
    """
    given = Path(path)
    try:
        volume = _reader_for(given)(given, frame=frame, series=series)
    except MemoryError as error:
        raise VolumeError(given, "needs more memory than is free", "crop or resample it") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise VolumeError(
            given, f"cannot be read ({reason})", "check the path and its permissions"
        ) from error
    return _named(volume, given)


def _reader_for(path: Path) -> FormatReader:
    if path.is_dir():
        return read_dicom_folder
    if not path.exists():
        raise VolumeError(path, "does not exist", "check the path")
    if not path.is_file():
        raise VolumeError(path, "is not a file", "give an image file or a DICOM folder")
    if path.stat().st_size == 0:
        raise VolumeError(path, "is empty", "copy or convert it again")
    name = path.name.lower()
    for suffix in sorted(READERS, key=len, reverse=True):
        if name.endswith(suffix):
            return READERS[suffix]
    if _looks_like_dicom(path):
        return read_dicom_file
    problem = "is of a format that is not known"
    raise VolumeError(path, problem, f"give a DICOM folder or one of {' '.join(READERS)}")


def _looks_like_dicom(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(_DICOM_MAGIC_AT + len(_DICOM_MAGIC))[_DICOM_MAGIC_AT:] == _DICOM_MAGIC


def _named(volume: Volume, path: Path) -> Volume:
    if volume.name:
        return volume
    name = path.name
    suffix = next((s for s in (".nii.gz", ".seg.nrrd") if name.lower().endswith(s)), path.suffix)
    return dataclasses.replace(volume, name=name.removesuffix(name[len(name) - len(suffix) :]) or name)
