"""What a prompt may ask for in an image: labelled objects, even regions of the image, painted shapes."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

SMALLEST = 14  # pixels on the canvas


def labelled_objects(
    rng: np.random.Generator, labels: np.ndarray, count: int, instances: bool
) -> list[np.ndarray]:
    """Up to `count` masks (bool, of labels' shape): a label, a part of it, or several labels."""
    numbers, areas = np.unique(labels, return_counts=True)
    numbers = numbers[(numbers > 0) & (areas >= SMALLEST)]
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


def _varied(
    rng: np.random.Generator, mask: np.ndarray, labels: np.ndarray, numbers: np.ndarray
) -> np.ndarray:
    luck = rng.random()
    if luck < 0.15 and numbers.size > 1:
        return (labels > 0) if numbers.size <= 3 else mask | (labels == rng.choice(numbers))
    return a_part(rng, mask) if luck < 0.55 else mask


def a_part(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """One connected part, a large one more often."""
    parts, count = ndimage.label(mask)
    if count <= 1:
        return mask
    areas = np.bincount(parts.ravel())[1:].astype(float)
    return parts == 1 + rng.choice(count, p=areas / areas.sum())


def even_regions(
    rng: np.random.Generator, image: np.ndarray, seen: np.ndarray, count: int
) -> list[np.ndarray]:
    """Regions of like brightness around random seeds: no anatomy, but edges that a mask must follow."""
    smooth = ndimage.gaussian_filter(image.mean(0), rng.uniform(1.0, 3.0))
    masks = []
    for _ in range(count * 3):
        y, x = rng.integers(0, smooth.shape[0]), rng.integers(0, smooth.shape[1])
        if len(masks) == count or not seen[y, x]:
            continue
        band = rng.uniform(0.05, 0.16)
        parts, _ = ndimage.label((np.abs(smooth - smooth[y, x]) < band) & seen)
        mask = parts == parts[y, x]
        area = np.count_nonzero(mask)
        if 60 <= area <= 0.3 * mask.size and _compact(mask):
            masks.append(ndimage.binary_opening(ndimage.binary_fill_holes(mask), iterations=1))
    return [m for m in masks if np.count_nonzero(m) >= 40]


def _compact(mask: np.ndarray) -> bool:
    """Fills at least a third of its box: a lace of background is nobody's object."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return np.count_nonzero(mask) > box / 3


def painted_shapes(
    rng: np.random.Generator, image: np.ndarray, seen: np.ndarray, count: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Paint random shapes (wavy blobs, rings, crescents) with their own brightness and grain onto an image.

    Args:
        image: (3, y, x) float32 in 0..255.
    """
    image, masks = image.copy(), []
    for _ in range(count):
        mask = _shape(rng, image.shape[-1]) & seen
        if np.count_nonzero(mask) >= 40:
            filled = ndimage.binary_fill_holes(mask)  # what lies in a ring's hole may be painted over
            masks = [m & ~filled for m in masks if np.count_nonzero(m & filled) < 0.3 * np.count_nonzero(m)]
            masks.append(mask)
            image = _ring_painted(rng, image, mask, filled & ~mask)
    return image, [m for m in masks if np.count_nonzero(m) >= 40]


def _ring_painted(
    rng: np.random.Generator, image: np.ndarray, mask: np.ndarray, hole: np.ndarray
) -> np.ndarray:
    """Paint a shape, and its hole if it has one: mostly, half of the time far more strikingly than the ring.

    A ring around something bright (the heart's wall) is taken for the bright thing until many were seen.
    """
    if np.count_nonzero(hole) <= 20:
        return _uneven(rng, _painted(rng, image, mask), mask)
    if rng.random() < 0.5:
        return _painted(rng, _painted(rng, image, mask, (14, 50)), hole, (50, 140))
    image = _painted(rng, image, mask)
    return _painted(rng, image, hole) if rng.random() < 0.7 else image


def _uneven(rng: np.random.Generator, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Give one object in five a part that looks different."""
    part = mask & _shape(rng, mask.shape[0])
    if rng.random() < 0.2 and np.count_nonzero(part) > 20:
        return _painted(rng, image, part)
    return image


def _shape(rng: np.random.Generator, size: int) -> np.ndarray:
    steps = np.arange(size) + 0.5
    centre = rng.uniform(0.15, 0.85, 2) * size
    radius = np.exp(rng.uniform(np.log(9), np.log(80)))
    stretch = np.exp(rng.normal(0, 0.3))
    angle = rng.uniform(0, np.pi)
    dx, dy = np.meshgrid(steps - centre[0], steps - centre[1])
    x = (dx * np.cos(angle) + dy * np.sin(angle)) / stretch
    y = (-dx * np.sin(angle) + dy * np.cos(angle)) * stretch
    polar, distance = np.arctan2(y, x), np.hypot(x, y) / radius
    edge = 1.0 + sum(
        rng.normal(0, 0.2 / order) * np.cos(order * polar + rng.uniform(0, 6.28)) for order in range(2, 7)
    )
    mask = distance < edge
    luck = rng.random()
    if luck < 0.45:  # a ring, its hole not always in the middle
        aside = rng.normal(0, 0.06, 2)
        mask &= np.hypot(x / radius - aside[0], y / radius - aside[1]) > edge * rng.uniform(0.45, 0.88)
    elif luck < 0.58:  # a crescent, or a bitten blob
        bite = rng.normal(0, 0.6, 2)
        mask &= np.hypot(x / radius - bite[0], y / radius - bite[1]) > rng.uniform(0.35, 0.8)
    return mask


def _painted(
    rng: np.random.Generator, image: np.ndarray, mask: np.ndarray, shifts: tuple[float, float] = (25, 110)
) -> np.ndarray:
    """Give the mask a new brightness and grain, keep some of what was below, soften the edge."""
    inside = image[:, mask].mean(1)
    sign = 1 if rng.random() < 0.5 else -1
    shift = sign * rng.uniform(*shifts)
    if not 5 < inside.mean() + shift < 250:
        shift = -shift
    grain = rng.standard_normal(mask.shape, dtype=np.float32)
    grain = ndimage.gaussian_filter(grain, rng.uniform(0.5, 3.0))
    grain *= rng.uniform(0, 15) / max(grain.std(), 1e-3)
    kept = rng.uniform(0.0, 0.7)
    fill = (inside[:, None, None] + shift) * (1 - kept) + (image + shift) * kept + grain
    alpha = ndimage.gaussian_filter(mask.astype(np.float32), rng.uniform(0.4, 1.8))
    return (image * (1 - alpha) + fill * alpha).clip(0, 255).astype(np.float32)
