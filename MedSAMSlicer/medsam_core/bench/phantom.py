"""A picture and a volume with organs to segment, the same on every machine."""

from __future__ import annotations

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.volume import Volume

# Centre and half axes as shares of the side, grey value.
_ORGANS = (
    ((0.50, 0.50), (0.42, 0.36), 90),
    ((0.42, 0.36), (0.14, 0.11), 150),
    ((0.55, 0.66), (0.10, 0.07), 190),
    ((0.60, 0.40), (0.06, 0.08), 60),
    ((0.36, 0.60), (0.05, 0.05), 220),
)


def phantom_slice(side: int = 512, seed: int = 0) -> np.ndarray:
    """(side, side) uint8: ellipses in a body, a little blurred by noise."""
    y, x = np.mgrid[:side, :side] / side
    grey = np.full((side, side), 10.0)
    for (cy, cx), (ry, rx), value in _ORGANS:
        grey[((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1] = value
    noise = np.random.default_rng(seed).normal(0, 8, grey.shape)
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


def phantom_boxes(count: int, side: int = 512) -> np.ndarray:
    """(count, 4) boxes x0, y0, x1, y1 around the organs, each time moved a little."""
    jitter = np.random.default_rng(0)
    boxes = []
    for n in range(count):
        (cy, cx), (ry, rx), _ = _ORGANS[n % len(_ORGANS)]
        corners = np.array([cx - rx, cy - ry, cx + rx, cy + ry]) * side
        boxes.append(np.clip(corners + jitter.integers(-4, 5, 4), 0, side - 1))
    return np.array(boxes)


def phantom_volume(side: int, slices: int) -> Volume:
    """A (slices, side, side) uint8 volume; every slice has its own noise, so none is alike another."""
    array = np.stack([phantom_slice(side, seed) for seed in range(slices)])
    return Volume(array, Geometry((side, side, slices), np.eye(4)))
