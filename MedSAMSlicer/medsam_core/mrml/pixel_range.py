"""Which pixels lie within bounds along one axis."""

from __future__ import annotations

import numpy as np

# Part of a pixel by which a place on the very edge may miss it through rounding of millimetres.
EDGE_SLACK = 1e-6


def pixels_within(low: float, high: float, count: int) -> tuple[int, int] | None:
    """First and last of `count` pixels whose centres lie between two places; None if there is none.

    Args:
        low, high: in pixels, the centre of the first pixel being 0; what lies outside of the image is cut.
    """
    first = int(np.ceil(np.clip(low - EDGE_SLACK, 0, count)))
    last = int(np.floor(np.clip(high + EDGE_SLACK, -1, count - 1)))
    return (first, last) if first <= last else None
