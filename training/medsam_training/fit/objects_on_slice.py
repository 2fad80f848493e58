"""What a prompt can be about on one slice."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from scipy import ndimage

_EIGHT_CONNECTED = np.ones((3, 3), int)


def objects_on(
    labels_yx: np.ndarray, wanted: Collection[int], by_part: bool, min_pixels: int
) -> list[np.ndarray]:
    """The masks, (y, x) bool each, of a slice's labels or of their connected parts.

    Args:
        labels_yx: (y, x) label numbers, 0 is background.
        wanted: label numbers to use.
        by_part: one mask for each 8-connected part, instead of one for each label.
        min_pixels: smaller ones are left out, unless nothing else is there: then the largest stays.
    """
    found = []
    for number in sorted(set(np.unique(labels_yx).tolist()) & set(wanted)):
        mask = labels_yx == number
        found += _parts(mask) if by_part else [mask]
    large = [mask for mask in found if np.count_nonzero(mask) >= min_pixels]
    return large or sorted(found, key=np.count_nonzero)[-1:]


def _parts(mask_yx: np.ndarray) -> list[np.ndarray]:
    numbered, count = ndimage.label(mask_yx, structure=_EIGHT_CONNECTED)
    return [numbered == number for number in range(1, count + 1)]
