"""Whether what a mask holds looks like the object so far, and unlike what lies around it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

_BINS = 16
_RING = 3  # pixels
_NEWEST = 0.3  # share of the newest slice in what the object looks like


class GreyLikeness:
    """Grey values inside of an object and in a ring around it, as met on the slices accepted so far.

    Args:
        image: uint8 slice, (y, x) or (y, x, c).
        mask_yx: (y, x) bool, the object on it.
    """

    def __init__(self, image: np.ndarray, mask_yx: np.ndarray) -> None:
        self._inside, self._around = _histograms(image, mask_yx)

    def accept(self, image: np.ndarray, mask_yx: np.ndarray) -> None:
        """Let an accepted slice change what the object looks like: greys may drift slowly."""
        inside, around = _histograms(image, mask_yx)
        self._inside = (1 - _NEWEST) * self._inside + _NEWEST * inside
        self._around = (1 - _NEWEST) * self._around + _NEWEST * around

    def likeness(self, image: np.ndarray, mask_yx: np.ndarray) -> float:
        """Overlap (0..1) of the grey values in a mask with those of the object."""
        return float(np.minimum(self._inside, _histograms(image, mask_yx)[0]).sum())

    def contrast(self, image: np.ndarray, mask_yx: np.ndarray) -> float:
        """How much more of the mask looks like the object than like its surroundings; -1..1.

        Near 0 where the object cannot be told from its surroundings by grey values; it falls below what
        the object had where the mask has left it.
        """
        inside = _histograms(image, mask_yx)[0]
        belongs = (self._inside - self._around) / np.maximum(self._inside + self._around, 1e-6)
        return float((inside * belongs).sum())


def _histograms(image: np.ndarray, mask_yx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of grey levels inside the mask and in the ring around it."""
    grey = image if image.ndim == 2 else image.mean(axis=2)
    rows, columns = np.any(mask_yx, axis=1).nonzero()[0], np.any(mask_yx, axis=0).nonzero()[0]
    if not rows.size:
        return np.zeros(_BINS), np.zeros(_BINS)
    y0, x0 = max(rows[0] - _RING - 1, 0), max(columns[0] - _RING - 1, 0)
    where = slice(y0, rows[-1] + _RING + 2), slice(x0, columns[-1] + _RING + 2)
    mask, grey = mask_yx[where], grey[where]
    ring = ndimage.binary_dilation(mask, iterations=_RING) & ~ndimage.binary_dilation(mask)
    return _shares(grey[mask]), _shares(grey[ring])


def _shares(greys: np.ndarray) -> np.ndarray:
    """Lightly smoothed, so that neighbouring levels count as alike."""
    counts = np.bincount((greys.astype(np.int64) * _BINS) >> 8, minlength=_BINS).astype(np.float64)
    smooth = np.convolve(counts, (0.25, 0.5, 0.25), mode="same")
    total = smooth.sum()
    return smooth / total if total else smooth
