"""OpenCV's INTER_AREA on 8-bit pictures, bit for bit, without OpenCV.

LiteMedSAM resizes with it. OpenCV has three ways: whole ratios average whole pixels in integers; other
reductions weight pixels by the area covered, in float32 and in the order of the samples; enlargements
interpolate between two neighbours in fixed point, each output pixel flat until its cell meets the next
sample's. The arithmetic below is what its documentation and source (Apache-2.0) state; tests hold it to
numbers that OpenCV 4.10 gave.
"""

from __future__ import annotations

import math

import numpy as np

FIXED_POINT = 2048
"""OpenCV's INTER_RESIZE_COEF_SCALE: weights of an enlargement are whole multiples of 1/2048."""

_SLIVER = 1e-3
"""A pixel covered by less than this is left out."""


def resize_area(image: np.ndarray, size_yx: tuple[int, int]) -> np.ndarray:
    """Resize (y, x) or (y, x, c) uint8 to `size_yx` as ``cv2.resize(..., interpolation=INTER_AREA)``."""
    steps = tuple(1.0 / (new / old) for old, new in zip(image.shape[:2], size_yx, strict=True))
    if tuple(image.shape[:2]) == tuple(size_yx):
        return image.copy()
    if min(steps) < 1:
        return _enlarge(image, size_yx, steps)
    whole = tuple(round(step) for step in steps)
    if all(abs(step - near) < np.finfo(float).eps for step, near in zip(steps, whole, strict=True)):
        return _average_whole_pixels(image, size_yx, whole)
    narrowed = _weigh(image.astype(np.float32), 1, size_yx[1], steps[1])
    return _to_uint8(_weigh(narrowed, 0, size_yx[0], steps[0]))


def _to_uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _average_whole_pixels(image: np.ndarray, size_yx: tuple[int, int], whole: tuple[int, int]) -> np.ndarray:
    rows, columns = size_yx
    cells = image.reshape(rows, whole[0], columns, whole[1], *image.shape[2:])
    total = cells.sum(axis=(1, 3), dtype=np.int32)
    if whole == (2, 2):
        return ((total + 2) >> 2).astype(np.uint8)
    return _to_uint8(total.astype(np.float32) * np.float32(1.0 / (whole[0] * whole[1])))


def _weigh(values: np.ndarray, axis: int, length_out: int, step: float) -> np.ndarray:
    """Area-weighted mean along `axis`, summed in float32 sample by sample as OpenCV sums."""
    indices, weights = _area_taps(values.shape[axis], length_out, step)
    shape = [1] * values.ndim
    shape[axis] = length_out
    total = np.zeros((), np.float32)
    for index, weight in zip(indices.T, weights.T, strict=True):
        total = total + np.take(values, index, axis=axis) * weight.reshape(shape)
    return total


def _area_taps(length_in: int, length_out: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Indices and float32 weights, (length_out, most samples a cell touches); weight 0 where fewer."""
    cells = [_area_cell(length_in, start * step, step) for start in range(length_out)]
    most = max(len(cell) for cell in cells)
    padded = [cell + [(0, 0.0)] * (most - len(cell)) for cell in cells]
    return np.array([[i for i, _ in c] for c in padded]), np.array(
        [[w for _, w in c] for c in padded], np.float32
    )


def _area_cell(length_in: int, start: float, step: float) -> list[tuple[int, float]]:
    """The samples that a cell from `start` to `start + step` covers, with the share of it that each is."""
    end = start + step
    width = min(step, length_in - start)
    last = min(math.floor(end), length_in - 1)
    first = min(math.ceil(start), last)
    cell = [(first - 1, (first - start) / width)] if first - start > _SLIVER else []
    cell += [(index, 1.0 / width) for index in range(first, last)]
    if end - last > _SLIVER:
        cell.append((last, min(end - last, 1.0, width) / width))
    return cell


def _enlarge(image: np.ndarray, size_yx: tuple[int, int], steps: tuple[float, float]) -> np.ndarray:
    (y0, y1, wy0, wy1), (x0, x1, wx0, wx1) = (
        _linear_taps(old, new, step) for old, new, step in zip(image.shape[:2], size_yx, steps, strict=True)
    )
    extra = (None,) * (image.ndim - 2)
    across = (slice(None), *extra)
    down = (slice(None), None, *extra)
    values = image.astype(np.int32)
    wide = values[:, x0] * wx0[across] + values[:, x1] * wx1[across]
    # OpenCV drops 4 bits, multiplies, drops 16 and rounds the last 2.
    upper, lower = (wide[y0] >> 4) * wy0[down] >> 16, (wide[y1] >> 4) * wy1[down] >> 16
    return ((upper + lower + 2) >> 2).astype(np.uint8)


def _linear_taps(length_in: int, length_out: int, step: float) -> tuple[np.ndarray, ...]:
    """First and second sample and their weights in 1/2048 for each output pixel."""
    place = np.arange(length_out)
    first = np.floor(place * step).astype(np.int64)
    offset = ((place + 1) - (first + 1) * (length_out / length_in)).astype(np.float32)
    offset = np.where(offset <= 0, np.float32(0), offset - np.floor(offset)).astype(np.float32)
    beyond = first >= length_in - 1
    first, offset = np.where(beyond, length_in - 1, first), np.where(beyond, np.float32(0), offset)
    weights = [
        np.rint(w * np.float32(FIXED_POINT)).astype(np.int32) for w in (np.float32(1) - offset, offset)
    ]
    return first, np.minimum(first + 1, length_in - 1), *weights
