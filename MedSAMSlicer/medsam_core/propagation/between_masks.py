"""A mask between two others, by their signed distances."""

from __future__ import annotations

import numpy as np

from medsam_core.propagation.signed_distance import signed_distance, stretched
from medsam_core.propagation.slice_mask import SliceMask


def mask_between(first: SliceMask, second: SliceMask, index: int, confidence: float) -> SliceMask:
    """The slice between two others, its outline on the way from the one to the other.

    Both outlines are stretched onto the box on its way, so that an object that moves is moved.

    Args:
        first, second: neighbouring slices that show the object.
        index: number of a slice between them.
        confidence: to give it.
    """
    share = (index - first.index) / (second.index - first.index)
    boxes = [mask.box_of_mask() for mask in (first, second)]
    box = [(1 - share) * a + share * b for a, b in zip(*boxes, strict=True)]
    one, other = (
        stretched(signed_distance(mask.mask_yx), own, box)
        for mask, own in zip((first, second), boxes, strict=True)
    )
    field = (1 - share) * one + share * other
    probability = (1 / (1 + np.exp(np.clip(-field, -30, 30)))).astype(np.float32)
    return SliceMask(index, field > 0, probability, confidence, tuple(box))
