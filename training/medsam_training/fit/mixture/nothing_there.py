"""Boxes that hold no object."""

from __future__ import annotations

import numpy as np

from medsam_training.fit.mixture.painted_shapes import a_shape
from medsam_training.fit.mixture.target import Target

_TRIES = 4
_TAKEN = 0.02  # of a box's area may belong to something


def empty_boxes(rng: np.random.Generator, taken: np.ndarray) -> list[Target]:
    """One box, as large as shapes are, where nothing is; none where there is no room.

    Args:
        rng: the example's.
        taken: (y, x) bool: objects, and what is no image.
    """
    for _ in range(_TRIES):
        shape = a_shape(rng, taken.shape[0])
        if not shape.any():
            continue
        rows, columns = np.flatnonzero(shape.any(1)), np.flatnonzero(shape.any(0))
        inside = taken[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        if np.count_nonzero(inside) <= _TAKEN * inside.size:
            box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)
            return [Target(np.zeros_like(taken), box)]
    return []
