"""How sure a mask is, for networks whose own quality score was never trained."""

from __future__ import annotations

import numpy as np

OFFSET = 1.0
"""Logits on each side of 0; segment-anything's mask generator uses the same."""


def stability_score(logits: np.ndarray, offset: float = OFFSET) -> np.ndarray:
    """IoU of each mask cut a little higher with itself cut a little lower.

    Near 1 where the logits fall steeply at the boundary, near 0 where the network hesitates; 0 for a mask
    that is empty even when cut low.

    Args:
        logits: (..., y, x), padding cropped off.
        offset: distance of the two cuts from 0.

    Returns:
        (...) float32.
    """
    inner = np.count_nonzero(logits > offset, axis=(-2, -1))
    outer = np.count_nonzero(logits > -offset, axis=(-2, -1))
    return (inner / np.maximum(outer, 1)).astype(np.float32)


def foreground_margin(class_logits: np.ndarray) -> np.ndarray:
    """(n, classes, y, x), background first, as (n, 1, y, x): the best class's lead over background."""
    return class_logits[:, 1:].max(axis=1, keepdims=True) - class_logits[:, :1]
