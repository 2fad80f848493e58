"""Which parts of a mask belong to the object that is being followed."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

_AROUND = np.ones((3, 3), bool)


def parts_near(mask_yx: np.ndarray, before_yx: np.ndarray, reach: int) -> np.ndarray:
    """The connected parts of a mask that come near to the mask of the slice before.

    What touches nothing of the slice before is another object: of one that is connected, neighbouring slices
    overlap or lie a pixel apart.

    Args:
        mask_yx: (y, x) bool.
        before_yx: (y, x) bool.
        reach: pixels that a part may be away.

    Returns:
        (y, x) bool, `mask_yx` itself if all belongs; empty if nothing does.
    """
    parts, count = ndimage.label(mask_yx, _AROUND)
    near = ndimage.binary_dilation(before_yx, _AROUND, iterations=reach) if reach else before_yx
    belonging = np.unique(parts[near])
    belonging = belonging[belonging > 0]
    return mask_yx if belonging.size == count else np.isin(parts, belonging)
