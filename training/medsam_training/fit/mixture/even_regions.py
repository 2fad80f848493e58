"""Regions of like brightness: no anatomy, but edges that a mask must follow."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

_TRIES = 3  # for each region wanted
_BLUR = (1.0, 3.0)  # pixels
_BAND = (0.05, 0.16)  # of the range of brightness
_SMALLEST, _LARGEST = 60, 0.3  # pixels; of the canvas
_LEFT = 40  # pixels, once smoothed


def even_regions(
    rng: np.random.Generator, image: np.ndarray, seen: np.ndarray, count: int
) -> list[np.ndarray]:
    """Regions around random seeds.

    Args:
        rng: the example's.
        image: (3, y, x) float32 in 0..255.
        seen: (y, x) bool.
        count: at most so many.

    Returns:
        (y, x) bool each.
    """
    smooth = ndimage.gaussian_filter(image.mean(0) / 255.0, rng.uniform(*_BLUR))
    masks: list[np.ndarray] = []
    for _ in range(count * _TRIES):
        y, x = rng.integers(smooth.shape[0]), rng.integers(smooth.shape[1])
        if len(masks) == count or not seen[y, x]:
            continue
        parts, _ = ndimage.label((np.abs(smooth - smooth[y, x]) < rng.uniform(*_BAND)) & seen)
        mask = parts == parts[y, x]
        if _SMALLEST <= np.count_nonzero(mask) <= _LARGEST * mask.size and _compact(mask):
            masks.append(ndimage.binary_opening(ndimage.binary_fill_holes(mask)))
    return [mask for mask in masks if np.count_nonzero(mask) >= _LEFT]


def _compact(mask: np.ndarray) -> bool:
    """Fills at least a third of its box: a lace of background is nobody's object."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return np.count_nonzero(mask) > box / 3
