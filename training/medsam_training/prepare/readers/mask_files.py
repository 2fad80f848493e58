"""Masks by the suffix of their file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers.dicom_seg import read_dicom_seg
from medsam_training.prepare.readers.mask import Mask, whole_labels
from medsam_training.prepare.readers.png_labels import read_png_labels
from medsam_training.prepare.readers.segment_nrrd import read_segment_nrrd

MaskReader = Callable[[Path, Volume], Mask]


def read_mask(path: Path, image: Volume) -> Mask:
    """Read the labels of a case.

    Args:
        path: the mask.
        image: what it was drawn on; DICOM segmentations are laid onto its grid.

    Raises:
        CaseError, VolumeError: it cannot be read or holds no labels.
    """
    try:
        if path.is_dir():
            raise CaseError(path, "is a folder", "name the file of the mask")
        if path.stat().st_size == 0:
            raise CaseError(path, "is empty", "copy it again")
        name = path.name.lower()
        suffix = next((s for s in MASK_READERS if name.endswith(s)), "")
        return MASK_READERS.get(suffix, _read_plain)(path, image)
    except FileNotFoundError as error:
        raise CaseError(path, "does not exist", "check the path") from error
    except OSError as error:
        problem = f"cannot be read ({error.strerror or type(error).__name__})"
        raise CaseError(path, problem, "check its permissions") from error


def _read_plain(path: Path, image: Volume) -> Mask:
    """NIfTI, MetaImage, TIFF and whatever else the engine reads as a volume."""
    volume = read_volume(path)
    if volume.is_colour:
        raise CaseError(path, "is a colour picture", "give a mask with one number for each pixel")
    pictured = path.suffix.lower() in (".tif", ".tiff")
    return Mask(whole_labels(path, volume.array_kji), None if pictured else volume.geometry)


def _refuse_jpeg(path: Path, image: Volume) -> Mask:
    problem = "is a JPEG, which changes the numbers of labels"
    raise CaseError(path, problem, "save masks as PNG from their source, not from the JPEG")


MASK_READERS: dict[str, MaskReader] = {
    ".nrrd": read_segment_nrrd,
    ".nhdr": read_segment_nrrd,
    ".png": read_png_labels,
    ".jpg": _refuse_jpeg,
    ".jpeg": _refuse_jpeg,
    ".dcm": read_dicom_seg,
    ".dicom": read_dicom_seg,
}
