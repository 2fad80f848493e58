"""A mask that the user drew or corrected on one slice: a prompt that is also the answer there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry

_BYTES_AT_ONCE = 1 << 17


@dataclass(frozen=True)
class MaskPrompt:
    """A mask on one slice, cropped and packed, so that it is immutable, comparable and small.

    Attributes:
        k: the slice.
        corner_ij: column and row of its first pixel.
        size_ij: columns and rows; (0, 0) for an empty mask, which says that the object is not on this slice.
        bits: its pixels row by row, eight to a byte (`numpy.packbits`).

    Raises:
        PromptError: negative numbers, or bits that do not fit the size.
    """

    k: int
    corner_ij: tuple[int, int]
    size_ij: tuple[int, int]
    bits: bytes

    def __post_init__(self) -> None:
        if min(self.k, *self.corner_ij, *self.size_ij) < 0:
            raise PromptError(f"mask on slice {self.k}", "has a negative position or size", "correct it")
        columns, rows = self.size_ij
        if len(self.bits) != (columns * rows + 7) // 8:
            problem = f"has {len(self.bits)} bytes for {columns} x {rows} pixels"
            raise PromptError(f"mask on slice {self.k}", problem, "write the mask anew")

    @classmethod
    def of(cls, k: int, mask_yx: np.ndarray) -> MaskPrompt:
        """Pack a mask of a whole slice.

        Args:
            k: the slice.
            mask_yx: (y, x) bool.
        """
        rows, columns = np.any(mask_yx, axis=1).nonzero()[0], np.any(mask_yx, axis=0).nonzero()[0]
        if not rows.size:
            return cls(int(k), (0, 0), (0, 0), b"")
        x0, x1, y0, y1 = (int(v) for v in (columns[0], columns[-1] + 1, rows[0], rows[-1] + 1))
        bits = np.packbits(np.asarray(mask_yx[y0:y1, x0:x1], dtype=bool)).tobytes()
        return cls(int(k), (x0, y0), (x1 - x0, y1 - y0), bits)

    @property
    def is_empty(self) -> bool:
        """Whether it says that the object is not on this slice."""
        return self.bits.count(0) == len(self.bits)

    def mask_yx(self, shape_yx: tuple[int, int]) -> np.ndarray:
        """The mask on a slice of that shape, (y, x) bool.

        Raises:
            PromptError: it does not fit on such a slice.
        """
        (x0, y0), (columns, rows) = self.corner_ij, self.size_ij
        if x0 + columns > shape_yx[1] or y0 + rows > shape_yx[0]:
            size = f"{shape_yx[1]} x {shape_yx[0]}"
            raise PromptError(f"mask on slice {self.k}", f"reaches beyond the slice of {size}", "correct it")
        mask = np.zeros(shape_yx, dtype=bool)
        packed = np.frombuffer(self.bits, np.uint8)
        mask[y0 : y0 + rows, x0 : x0 + columns] = np.unpackbits(packed, count=columns * rows).reshape(
            rows, columns
        )
        return mask

    def values(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Whether pixels are in the mask; no others are unpacked.

        Args:
            x, y: whole numbers, counted from the corner; within its size.

        Returns:
            Bool, of the shape of `x` and `y`.
        """
        number = np.asarray(y, np.int64) * self.size_ij[0] + x
        packed = np.frombuffer(self.bits, np.uint8)
        return ((packed[number >> 3] >> (7 - (number & 7)).astype(np.uint8)) & 1).astype(bool)

    def pixels(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Columns and rows, counted from the corner, of the pixels in the mask; some at a time."""
        columns, rows = self.size_ij
        packed = np.frombuffer(self.bits, np.uint8)
        for first in range(0, packed.size, _BYTES_AT_ONCE):
            left = columns * rows - 8 * first  # the last byte may hold more bits than there are pixels
            part = packed[first : first + _BYTES_AT_ONCE]
            number = np.flatnonzero(np.unpackbits(part, count=min(8 * part.size, left))) + 8 * first
            y, x = np.divmod(number, columns)
            yield x, y

    def check_inside(self, geometry: Geometry) -> None:
        """Refuse a mask that reaches outside of a volume (or pile of slices).

        Raises:
            PromptError: with the range that is valid.
        """
        columns, rows, slices = geometry.size_ijk
        (x0, y0), (width, height) = self.corner_ij, self.size_ij
        if x0 + width > columns or y0 + height > rows or self.k >= slices:
            remedy = f"valid are I 0 to {columns - 1}, J 0 to {rows - 1}, K 0 to {slices - 1}"
            raise PromptError(f"mask on slice {self.k}", "reaches outside of the volume", remedy)
