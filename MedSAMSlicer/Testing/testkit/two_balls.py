"""Two objects that the demo model finds well, for tests of what a user does."""

from __future__ import annotations

import numpy as np

SHAPE = (12, 64, 80)
MIDDLE = 6
"""The slice through the middle of both."""

LEFT, RIGHT = (8, 16, 36, 44), (44, 22, 68, 46)
"""Boxes (x0, y0, x1, y1) around them on that slice."""


def two_balls() -> np.ndarray:
    """`SHAPE` uint8: a bright ball left and a dark one right on grey, with a little noise."""
    k, j, i = np.indices(SHAPE)
    values = np.full(k.shape, 100.0)
    values[(2.5 * (k - MIDDLE)) ** 2 + (j - 30) ** 2 + (i - 22) ** 2 < 14**2] = 200
    values[(2.5 * (k - MIDDLE)) ** 2 + (j - 34) ** 2 + (i - 56) ** 2 < 12**2] = 20
    return np.clip(values + np.random.default_rng(0).normal(0, 4, k.shape), 0, 255).astype(np.uint8)
