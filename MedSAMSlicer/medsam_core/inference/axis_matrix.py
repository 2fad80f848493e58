"""Linear resampling along one axis as a matrix of which only the band that matters is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

ROWS_PER_BLOCK = 32
"""Of 32, 64, 128 and 256 the fastest or as good at 256, 512 and 1500 -> 1024; the products stay in cache."""

MULTIPLIES_PER_CALL = 200_000
"""OpenBLAS wakes its other threads above 262,144; for products this small that gains nothing on an idle
machine, and on a busy one it was measured to cost up to 200 times the product."""

SPLINE_REACH = 32
"""A cubic spline's coefficient forgets a sample by 0.268 per sample: 32 on, 5e-19 of it is left."""


@dataclass(frozen=True)
class Block:
    """Some output rows, the input columns they depend on, and the weights between them."""

    rows: slice
    columns: slice
    weights: np.ndarray

    @cached_property
    def transposed(self) -> np.ndarray:
        """The weights the other way round, contiguous."""
        return np.ascontiguousarray(self.weights.T)


@dataclass(frozen=True)
class AxisMatrix:
    """A (length_out, length_in) matrix as blocks of rows; between 512 and 1024 a fifth of it is left."""

    length_out: int
    length_in: int
    blocks: tuple[Block, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the weights, both ways round."""
        return 2 * sum(block.weights.nbytes for block in self.blocks)

    def rows(self, values: np.ndarray) -> np.ndarray:
        """Resample the second last axis: (..., length_in, k) to (..., length_out, k)."""
        out = np.empty((*values.shape[:-2], self.length_out, values.shape[-1]), values.dtype)
        for block in self.blocks:
            source, target = values[..., block.columns, :], out[..., block.rows, :]
            for part in _parts(values.shape[-1], block):
                np.matmul(block.weights, source[..., part], out=target[..., part])
        return out

    def columns(self, values: np.ndarray) -> np.ndarray:
        """Resample the last axis: (..., length_in) to (..., length_out)."""
        flat = values.reshape(-1, self.length_in)
        out = np.empty((len(flat), self.length_out), values.dtype)
        for block in self.blocks:
            for part in _parts(len(flat), block):
                np.matmul(flat[part, block.columns], block.transposed, out=out[part, block.rows])
        return out.reshape(*values.shape[:-1], self.length_out)


def _parts(length: int, block: Block) -> list[slice]:
    step = max(1, MULTIPLIES_PER_CALL // block.weights.size)
    return [slice(start, start + step) for start in range(0, length, step)]


def banded(dense: np.ndarray, rows_per_block: int = ROWS_PER_BLOCK) -> AxisMatrix:
    """Keep of a dense (length_out, length_in) matrix the columns that are not zero, block by block."""
    blocks = []
    for start in range(0, len(dense), rows_per_block):
        rows = dense[start : start + rows_per_block]
        used = np.flatnonzero(rows.any(axis=0))
        columns = slice(int(used[0]), int(used[-1]) + 1)
        blocks.append(Block(slice(start, start + len(rows)), columns, np.ascontiguousarray(rows[:, columns])))
    return AxisMatrix(*dense.shape, tuple(blocks))


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


class AxisMatrixCache:
    """Matrices already built, the least recently used dropped when they pass `max_bytes`; thread-safe."""

    def __init__(self, max_bytes: int = 64 << 20) -> None:
        self.max_bytes = max_bytes
        self._matrices: OrderedDict[tuple, AxisMatrix] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        with self._lock:
            return sum(matrix.nbytes for matrix in self._matrices.values())

    def get(self, build: Callable[..., AxisMatrix], *arguments: int) -> AxisMatrix:
        """The matrix that ``build(*arguments)`` returns."""
        key = (build, *arguments)
        with self._lock:
            if key in self._matrices:
                self._matrices.move_to_end(key)
                return self._matrices[key]
        matrix = build(*arguments)
        with self._lock:
            self._matrices[key] = matrix
            while len(self._matrices) > 1 and sum(m.nbytes for m in self._matrices.values()) > self.max_bytes:
                self._matrices.popitem(last=False)
        return matrix
