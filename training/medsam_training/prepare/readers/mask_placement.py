"""Masks laid onto the grid of their image."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medsam_core.geometry import Geometry
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers.mask import Mask

# Headers round: NIfTI keeps 7 digits, MetaImage 6. A tenth of a voxel changes no label.
TOLERANCE_VOXELS = 0.1


def labels_on(path: Path, mask: Mask, image: Geometry, *, image_is_picture: bool) -> np.ndarray:
    """The labels on the image's grid; nothing is ever resampled.

    Pictures have no place: their sizes must agree. Other masks must have the image's geometry, or, if they
    may be cropped, lie on its voxels with all that is labelled inside.

    Raises:
        CaseError: says what differs, and by how much.
    """
    if mask.geometry is None or image_is_picture:
        if mask.labels_kji.shape != image.shape_kji:
            raise _different(path, _sizes(mask.labels_kji.shape, image.shape_kji))
        return mask.labels_kji
    if image.agrees_with(mask.geometry, tolerance_voxels=TOLERANCE_VOXELS):
        return mask.labels_kji
    if mask.may_be_part:
        return _pasted(path, mask, image)
    raise _different(path, _difference(mask.geometry, image))


def _pasted(path: Path, mask: Mask, image: Geometry) -> np.ndarray:
    part = mask.geometry
    corner = np.rint(image.to_ijk(part.origin_ras_mm, "ras")).astype(int)
    shifted = image.ijk_to_ras.copy()
    shifted[:3, 3] = image.from_ijk(corner, "ras")
    on_lattice = Geometry(part.size_ijk, shifted)
    if not on_lattice.agrees_with(part, tolerance_voxels=TOLERANCE_VOXELS):
        raise _different(path, _difference(part, image))
    start = corner[::-1]
    stop = start + part.shape_kji
    low, high = np.maximum(start, 0), np.minimum(stop, image.shape_kji)
    labels = np.zeros(image.shape_kji, mask.labels_kji.dtype)
    if (low < high).all():
        inner = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
        labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = mask.labels_kji[inner]
    if np.count_nonzero(labels) != np.count_nonzero(mask.labels_kji):
        raise CaseError(path, "has labelled voxels outside of its image", "give the image it was drawn on")
    return labels


def _different(path: Path, how: str) -> CaseError:
    return CaseError(path, f"does not fit its image: {how}", "resample the mask onto the image")


def _difference(mask: Geometry, image: Geometry) -> str:
    if mask.size_ijk != image.size_ijk:
        return _sizes(mask.shape_kji, image.shape_kji)
    if not np.allclose(mask.spacing_mm, image.spacing_mm, rtol=1e-3):
        return f"voxels of {_mm(mask.spacing_mm)}, the image's are {_mm(image.spacing_mm)}"
    if not np.allclose(mask.direction, image.direction, atol=1e-3):
        return "its axes point elsewhere"
    away = np.linalg.norm(np.subtract(mask.origin_ras_mm, image.origin_ras_mm))
    return f"it lies {away:.3g} mm beside it"


def _sizes(mask_kji: tuple[int, ...], image_kji: tuple[int, ...]) -> str:
    mask, image = (" x ".join(map(str, shape[::-1])) for shape in (mask_kji, image_kji))
    return f"it has {mask} voxels, the image {image}"


def _mm(spacing: tuple[float, float, float]) -> str:
    return " x ".join(f"{mm:.4g}" for mm in spacing) + " mm"
