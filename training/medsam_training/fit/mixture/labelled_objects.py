"""What readers drew: labels, parts of them, several of them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

SMALLEST = 14  # pixels on the canvas

_SEVERAL = 0.15  # of objects: more than one label
_PART = 0.4  # of objects: one connected part of a label
_FEW = 3  # so many labels or fewer are all taken where several are wanted


def labelled_objects(
    rng: np.random.Generator, labels: np.ndarray, count: int, instances: bool
) -> list[np.ndarray]:
    """Up to `count` masks.

    Args:
        rng: the example's.
        labels: (y, x), 0 is background.
        count: masks wanted.
        instances: numbers are objects of one kind, which are not joined or taken apart.

    Returns:
        (y, x) bool each: a label, a part of it, or several labels; empty where nothing is large enough.
    """
    numbers = large_labels(labels)
    if numbers.size == 0:
        return []
    masks = []
    for _ in range(count):
        mask = labels == rng.choice(numbers)
        if not instances:
            mask = _varied(rng, mask, labels, numbers)
        if np.count_nonzero(mask) >= SMALLEST:
            masks.append(mask)
    return masks


def large_labels(labels: np.ndarray) -> np.ndarray:
    """The numbers that show at least `SMALLEST` pixels."""
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    return np.flatnonzero(areas >= SMALLEST)


def a_part(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """One connected part, a large one more often."""
    parts, count = ndimage.label(mask)
    if count <= 1:
        return mask
    areas = np.bincount(parts.ravel())[1:].astype(float)
    return parts == 1 + rng.choice(count, p=areas / areas.sum())


def _varied(
    rng: np.random.Generator, mask: np.ndarray, labels: np.ndarray, numbers: np.ndarray
) -> np.ndarray:
    luck = rng.random()
    if luck < _SEVERAL and numbers.size > 1:
        return (labels > 0) if numbers.size <= _FEW else mask | (labels == rng.choice(numbers))
    return a_part(rng, mask) if luck < _SEVERAL + _PART else mask
