"""How well the surfaces of two masks agree within a tolerance: the normalised surface Dice (NSD)."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def surface_dice(
    mask: np.ndarray, truth: np.ndarray, spacing: tuple[float, ...], tolerance: float = 2.0
) -> float:
    """Share of both surfaces' voxels that lie within a tolerance of the other surface.

    A surface is the voxels of a mask that share a face with one outside, or with the edge of the image: the
    count that MONAI's ``SurfaceDiceMetric`` makes by default. Two empty masks agree: 1; an empty one with
    another: 0.

    Args:
        mask, truth: bool arrays of one shape.
        spacing: of the array's axes, in order, e.g. mm.
        tolerance: in the same unit.
    """
    if not mask.any() or not truth.any():
        return float(mask.any() == truth.any())
    where = _around(mask | truth)
    one, other = _surface(mask[where]), _surface(truth[where])
    near = (_near(one, other, spacing, tolerance), _near(other, one, spacing, tolerance))
    return sum(near) / (np.count_nonzero(one) + np.count_nonzero(other))


def _surface(mask: np.ndarray) -> np.ndarray:
    return mask & ~ndimage.binary_erosion(mask)


def _near(surface: np.ndarray, to: np.ndarray, spacing: tuple[float, ...], tolerance: float) -> int:
    distance = ndimage.distance_transform_edt(~to, sampling=spacing)
    return int(np.count_nonzero(distance[surface] <= tolerance))


def _around(mask: np.ndarray) -> tuple[slice, ...]:
    (found,) = ndimage.find_objects(mask.astype(np.uint8))
    return tuple(slice(max(part.start - 1, 0), part.stop + 1) for part in found)
