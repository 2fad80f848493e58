"""Shapes painted onto an image: blobs, rings, crescents, each with a brightness and grain of its own.

They teach what a box means without any anatomy: the thing that touches its sides.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

SMALLEST = 40  # pixels; of a shape, and of what is left of one that another covers
_RADII = (9, 80)  # pixels of a canvas of 256
_CANVAS = 256
_FARTHEST = 1.8  # radii: few waves reach so far
_RINGS, _CRESCENTS = 0.45, 0.13
_COVERED = 0.3  # of a shape: more than this under another one, and it is not asked for
_HOLE = 20  # pixels
_ROOM = 8  # pixels around a shape that its soft edge may reach

Window = tuple[slice, slice]


def painted_shapes(
    rng: np.random.Generator, image: np.ndarray, seen: np.ndarray, count: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Paint up to `count` shapes.

    Args:
        rng: the example's.
        image: (3, y, x) float32 in 0..255; stays as it is.
        seen: (y, x) bool, where anything may be painted.
        count: shapes.

    Returns:
        The painted image, and the masks, (y, x) bool, of what can still be seen.
    """
    image, masks = image.copy(), []
    for _ in range(count):
        mask = a_shape(rng, image.shape[-1]) & seen
        if np.count_nonzero(mask) < SMALLEST:
            continue
        window = _window(mask)
        filled = mask.copy()
        filled[window] = ndimage.binary_fill_holes(mask[window])  # a ring's hole may be painted over
        masks = [m & ~filled for m in masks if np.count_nonzero(m & filled) < _COVERED * np.count_nonzero(m)]
        masks.append(mask)
        rows, columns = window
        part, inner = image[:, rows, columns], (filled & ~mask)[window]
        image[:, rows, columns] = _painted_with_hole(rng, part, mask[window], inner)
    return image, [mask for mask in masks if np.count_nonzero(mask) >= SMALLEST]


def a_shape(rng: np.random.Generator, size: int) -> np.ndarray:
    """(size, size) bool: a wavy blob somewhere, half of the time with a hole or a bite."""
    centre = rng.uniform(0.15, 0.85, 2) * size
    radius = np.exp(rng.uniform(*np.log(_RADII))) * size / _CANVAS
    stretch = np.exp(rng.normal(0, 0.3))
    reach = _FARTHEST * radius * max(stretch, 1 / stretch)
    low = np.clip(centre - reach, 0, size).astype(int)
    high = np.clip(centre + reach, 0, size).astype(int)
    shape = np.zeros((size, size), bool)
    shape[low[1] : high[1], low[0] : high[0]] = _outline(rng, low + 0.5 - centre, high - low, radius, stretch)
    return shape


def _outline(
    rng: np.random.Generator, first_xy: np.ndarray, size_xy: np.ndarray, radius: float, stretch: float
) -> np.ndarray:
    """(y, x) bool: the pixels of a shape around 0, of a window whose first pixel is at `first_xy`."""
    angle = rng.uniform(0, np.pi)
    dx, dy = np.meshgrid(
        *(np.arange(n, dtype=np.float32) + f for n, f in zip(size_xy, first_xy, strict=True))
    )
    x = (dx * np.cos(angle) + dy * np.sin(angle)) / (stretch * radius)
    y = (-dx * np.sin(angle) + dy * np.cos(angle)) * (stretch / radius)
    polar, distance = np.arctan2(y, x), np.hypot(x, y)
    edge = np.ones_like(polar)
    for order in range(2, 7):
        edge += rng.normal(0, 0.2 / order) * np.cos(order * polar + rng.uniform(0, 2 * np.pi))
    mask = distance < edge
    luck = rng.random()
    if luck < _RINGS:  # the hole is not always in the middle
        aside = rng.normal(0, 0.06, 2)
        mask &= np.hypot(x - aside[0], y - aside[1]) > edge * rng.uniform(0.45, 0.88)
    elif luck < _RINGS + _CRESCENTS:
        bite = rng.normal(0, 0.6, 2)
        mask &= np.hypot(x - bite[0], y - bite[1]) > rng.uniform(0.35, 0.8)
    return mask


def _painted_with_hole(
    rng: np.random.Generator, image: np.ndarray, mask: np.ndarray, hole: np.ndarray
) -> np.ndarray:
    """Paint a shape, and mostly its hole: half of the time far more strikingly than the ring around it.

    A ring around something bright (the heart's wall) is taken for the bright thing until many were seen.
    """
    if np.count_nonzero(hole) <= _HOLE:
        return _with_odd_part(rng, _painted(rng, image, mask), mask)
    if rng.random() < 0.5:
        return _painted(rng, _painted(rng, image, mask, (14, 50)), hole, (50, 140))
    image = _painted(rng, image, mask)
    return _painted(rng, image, hole) if rng.random() < 0.7 else image


def _with_odd_part(rng: np.random.Generator, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Give one object in five a part that looks different."""
    if rng.random() >= 0.2:
        return image
    height, width = mask.shape
    y, x = np.mgrid[:height, :width]
    direction = rng.uniform(0, 2 * np.pi)
    across = (x / width - 0.5) * np.cos(direction) + (y / height - 0.5) * np.sin(direction)
    part = mask & (across > rng.uniform(-0.2, 0.3))
    return _painted(rng, image, part) if np.count_nonzero(part) > _HOLE else image


def _painted(
    rng: np.random.Generator, image: np.ndarray, mask: np.ndarray, shifts: tuple[float, float] = (25, 110)
) -> np.ndarray:
    """Give a mask a new brightness and grain, keep some of what was below, soften the edge."""
    inside = image[:, mask].mean(1)
    shift = rng.uniform(*shifts) * (1 if rng.random() < 0.5 else -1)
    if not 5 < inside.mean() + shift < 250:
        shift = -shift
    grain = ndimage.gaussian_filter(rng.standard_normal(mask.shape, dtype=np.float32), rng.uniform(0.5, 3.0))
    grain *= rng.uniform(0, 15) / max(grain.std(), 1e-3)
    kept = rng.uniform(0.0, 0.7)
    fill = (inside[:, None, None] + shift) * (1 - kept) + (image + shift) * kept + grain
    alpha = ndimage.gaussian_filter(mask.astype(np.float32), rng.uniform(0.4, 1.8))
    return (image * (1 - alpha) + fill * alpha).clip(0, 255).astype(np.float32)


def _window(mask: np.ndarray) -> Window:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        slice(max(0, rows[0] - _ROOM), rows[-1] + 1 + _ROOM),
        slice(max(0, columns[0] - _ROOM), columns[-1] + 1 + _ROOM),
    )
