"""Linear resampling along one axis as a matrix of which only the band that matters is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

ROWS_PER_BLOCK = 32
"""Of 32, 64, 128 and 256 the fastest or as good at 256, 512 and 1500 -> 1024; the products stay in cache."""

MULTIPLIES_PER_CALL = 200_000
"""OpenBLAS wakes its other threads above 262,144; for products this small that gains nothing on an idle
machine, and on a busy one it was measured to cost up to 200 times the product."""


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
