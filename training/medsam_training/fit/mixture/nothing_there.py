"""Boxes that hold no object."""

from __future__ import annotations

import numpy as np

from medsam_training.fit.mixture.target import Target

_TRIES = 20
_TAKEN = 0.02  # of a box's area may belong to something
_SIDES = (0.07, 0.6)  # of the canvas, as painted shapes have them
_STRETCH = 0.3  # of the logarithm of each side


def empty_boxes(rng: np.random.Generator, taken: np.ndarray) -> list[Target]:
    """One box, as large as shapes are, where nothing is; none where no room was found.

    Args:
        rng: the example's.
        taken: (canvas, canvas) bool: objects, and what is no image.
    """
    size = taken.shape[0]
    for _ in range(_TRIES):
        sides = size * np.exp(rng.uniform(*np.log(_SIDES)) + rng.normal(0, _STRETCH) * np.array([1, -1]))
        low = rng.uniform(0, 1, 2) * np.maximum(size - sides, 0)
        box = np.concatenate([low, np.minimum(low + sides, size)])
        x0, y0, x1, y1 = box.astype(int)
        inside = taken[y0 : y1 + 1, x0 : x1 + 1]
        if np.count_nonzero(inside) <= _TAKEN * inside.size:
            return [Target(np.zeros_like(taken), box)]
    return []
