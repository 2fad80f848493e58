"""The interpolations of the published networks, each along one axis, as matrices."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from medsam_core.inference.axis_matrix import ROWS_PER_BLOCK, AxisMatrix, Block, banded

SPLINE_REACH = 32
"""A cubic spline's coefficient forgets a sample by 0.268 per sample: 32 on, 5e-19 of it is left."""


def cubic_antialias(length_in: int, length_out: int) -> AxisMatrix:
    """skimage's ``resize(order=3, anti_aliasing=True)``: a Gaussian when shrinking, then a cubic spline.

    The Gaussian has sigma (length_in / length_out - 1) / 2 and ends at 4 sigma, pixels are areas (the first
    starts at -0.5), and beyond the border the picture is mirrored at its last samples.
    """
    step = length_in / length_out
    sigma = max(0.0, (step - 1) / 2)
    positions = (np.arange(length_out) + 0.5) * step - 0.5
    return _spline(length_in, positions, sigma)


def cubic_zoom(length_in: int, length_out: int) -> AxisMatrix:
    """``scipy.ndimage.zoom(order=3)``: a cubic spline, first and last samples on each other, no Gaussian.

    Where rounding puts the last position past the last sample (512 to 224 does) scipy reads 0 there, and so
    do we: SAMed was evaluated with it.
    """
    positions = zoom_positions(length_in, length_out)
    return _without_rows(_spline(length_in, positions, 0.0), positions > length_in - 1)


def zoom_positions(length_in: int, length_out: int) -> np.ndarray:
    """Where ``scipy.ndimage.zoom`` reads its input, in samples; rounding may pass the last one."""
    return np.arange(length_out) * ((length_in - 1) / max(length_out - 1, 1))


def bilinear(length_in: int, length_out: int) -> np.ndarray:
    """torch's ``interpolate(mode="bilinear", align_corners=False)``, dense (length_out, length_in) float64.

    The step and then the position are rounded to float32, as torch has them (one fused multiply-add).
    """
    step = np.float64(np.float32(length_in / length_out))
    positions = np.maximum(((np.arange(length_out) + 0.5) * step - 0.5).astype(np.float32), 0)
    first = np.minimum(np.floor(positions).astype(np.int64), length_in - 1)
    offset = (positions - first).astype(np.float64)
    dense = np.zeros((length_out, length_in))
    row = np.arange(length_out)
    np.add.at(dense, (row, first), 1 - offset)
    np.add.at(dense, (row, np.minimum(first + 1, length_in - 1)), offset)
    return dense


def bilinear_antialias(length_in: int, length_out: int) -> AxisMatrix:
    """torch's ``interpolate(mode="bilinear", antialias=True)`` of floats, in float32.

    A triangle over the samples within one step of the output pixel's middle, at least one sample wide; the
    weights are divided by their sum, so that the border does not darken.
    """
    step = length_in / length_out
    reach = max(step, 1.0)
    middles = (np.arange(length_out) + 0.5) * step
    offsets = (np.arange(length_in) + 0.5 - middles[:, None]) / reach
    dense = np.maximum(1 - np.abs(offsets), 0)
    return banded((dense / dense.sum(axis=1, keepdims=True)).astype(np.float32))


def _without_rows(matrix: AxisMatrix, empty: np.ndarray) -> AxisMatrix:
    blocks = tuple(
        Block(block.rows, block.columns, block.weights * ~empty[block.rows, None]) for block in matrix.blocks
    )
    return AxisMatrix(matrix.length_out, matrix.length_in, blocks)


def _spline(length_in: int, positions: np.ndarray, sigma: float) -> AxisMatrix:
    reach = SPLINE_REACH + int(4 * sigma + 0.5)
    blocks = []
    for start in range(0, len(positions), ROWS_PER_BLOCK):
        inside = positions[start : start + ROWS_PER_BLOCK]
        low = max(int(inside[0]) - reach, 0)
        high = min(int(inside[-1]) + reach + 2, length_in)
        # Filtered on a longer piece than is kept, so that its ends, mirrored wrongly, do not show.
        first, last = max(low - reach, 0), min(high + reach, length_in)
        weights = _spline_piece(length_in, inside, sigma, first, last)[:, low - first : high - first]
        blocks.append(
            Block(slice(start, start + len(inside)), slice(low, high), np.ascontiguousarray(weights))
        )
    return AxisMatrix(len(positions), length_in, tuple(blocks))


def _spline_piece(length_in: int, positions: np.ndarray, sigma: float, first: int, last: int) -> np.ndarray:
    """Weights of samples first..last-1 at `positions`, by passing unit impulses through the filters."""
    impulses = np.eye(last - first)
    if sigma > 0:
        impulses = ndimage.gaussian_filter1d(impulses, sigma, axis=0, mode="mirror")
    coefficients = ndimage.spline_filter1d(impulses, 3, axis=0, mode="mirror")
    floor = np.floor(positions).astype(np.int64)
    return sum(
        weight[:, None] * coefficients[np.clip(_mirror(floor + tap, length_in) - first, 0, last - first - 1)]
        for tap, weight in zip((-1, 0, 1, 2), _cubic_b_spline(positions - floor), strict=True)
    )


def _cubic_b_spline(t: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights of the four nearest coefficients for an offset t in [0, 1) from the second."""
    return (1 - t) ** 3 / 6, (3 * t**3 - 6 * t**2 + 4) / 6, (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6, t**3 / 6


def _mirror(index: np.ndarray, length: int) -> np.ndarray:
    if length == 1:
        return np.zeros_like(index)
    period = 2 * (length - 1)
    index = np.abs(index) % period
    return np.where(index >= length, period - index, index)
