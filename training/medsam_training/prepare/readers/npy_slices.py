"""A case of MedSAM's training folders: .npy files, one for each slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medsam_core.formats.header_checks import check_memory
from medsam_core.geometry import Geometry
from medsam_core.volume import Volume
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers.loaded_case import LoadedCase
from medsam_training.prepare.readers.mask import whole_labels
from medsam_training.prepared_set.array_file import NPY_DAMAGE


def load_npy(source: CaseSource) -> LoadedCase:
    """Read images (y, x, 3) or (y, x) in 0..1 (MedSAM's) or 0..255, and masks (y, x) of the same name.

    Three equal channels become grey. Slices are counted from 0 in the order of their numbers.

    Raises:
        CaseError: a file is damaged, or shapes differ.
    """
    count = len(source.members) // 2
    images, masks = source.members[:count], source.members[count:]
    first = _opened(masks[0])
    if first.ndim != 2:
        raise CaseError(masks[0], f"has the shape {first.shape}", "give masks as (y, x)")
    check_memory(masks[0], (count, *first.shape, 3), 2)
    truth = np.stack([_checked(path, _opened(path), first.shape) for path in masks])
    pixels = [_to_bytes(path, _checked(path, _opened(path), first.shape)) for path in images]
    grey = [_as_grey(picture) for picture in pixels]
    image = np.stack(grey if all(g is not None for g in grey) else [_as_colour(p) for p in pixels])
    geometry = Geometry(truth.shape[::-1], np.diag([-1.0, -1.0, 1.0, 1.0]))
    volume = Volume(image, geometry, name=source.name, source=images[0])
    return LoadedCase(volume, whole_labels(masks[0], truth), has_spacing=False, displayed=True)


def _opened(path: Path) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except NPY_DAMAGE as error:
        raise CaseError(path, "is no .npy array, or cut off or damaged", "copy it again") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
        raise CaseError(path, "holds no numbers", "give an array of numbers")
    return array


def _checked(path: Path, array: np.ndarray, shape_yx: tuple[int, ...]) -> np.ndarray:
    if array.shape[:2] != shape_yx or array.shape[2:] not in ((), (3,)):
        problem = f"has the shape {array.shape}, the first mask {shape_yx}"
        raise CaseError(path, problem, "give images and masks of one size in a case")
    return array


def _to_bytes(path: Path, picture: np.ndarray) -> np.ndarray:
    if picture.dtype == np.uint8:
        return np.array(picture)
    values = np.asarray(picture, np.float64)
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= 255):
        problem = f"holds values from {low:g} to {high:g}"
        raise CaseError(path, problem, "give 0..1, as MedSAM's scripts write, or 0..255")
    return np.rint(values * (255.0 if high <= 1.0 else 1.0)).astype(np.uint8)


def _as_grey(picture: np.ndarray) -> np.ndarray | None:
    if picture.ndim == 2:
        return picture
    same = (picture == picture[..., :1]).all()
    return picture[..., 0] if same else None


def _as_colour(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
