"""How a slice stands on a screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medsam_core.geometry import Geometry

_ENDS = (("R", "L"), ("A", "P"), ("S", "I"))  # what decreasing and increasing -RAS means on each axis


@dataclass(frozen=True)
class SliceView:
    """How to turn a slice so that it stands as clinicians expect: right of the patient on the left,
    front or head up.

    Attributes:
        transpose: swap rows and columns first.
        flip_rows, flip_columns: then turn them round.
        aspect: height of a pixel over its width, after the transposition.
        sides: letters at left, right, top, bottom; None for a plain picture.
    """

    transpose: bool
    flip_rows: bool
    flip_columns: bool
    aspect: float
    sides: tuple[str, str, str, str] | None

    @classmethod
    def of(cls, geometry: Geometry, is_2d: bool) -> SliceView:
        """The view of the slices along the third voxel axis (k)."""
        if is_2d:
            return cls(False, False, False, 1.0, None)
        column = np.asarray(geometry.ijk_to_ras)[:3, 0]
        row = np.asarray(geometry.ijk_to_ras)[:3, 1]
        column_axis = int(np.argmax(np.abs(column)))
        row_axis = int(np.argmax(np.abs(np.where(np.arange(3) == column_axis, 0, row))))
        transpose = column_axis > row_axis
        aspect = geometry.spacing_mm[1] / geometry.spacing_mm[0]
        if transpose:
            column, row, column_axis, row_axis = row, column, row_axis, column_axis
            aspect = 1 / aspect
        sides = (*_ENDS[column_axis], *_ENDS[row_axis])
        return cls(transpose, bool(row[row_axis] > 0), bool(column[column_axis] > 0), float(aspect), sides)

    def turn(self, slice_yx: np.ndarray) -> np.ndarray:
        """The slice, (y, x) or (y, x, c), as it should stand."""
        turned = np.swapaxes(slice_yx, 0, 1) if self.transpose else slice_yx
        turned = turned[::-1] if self.flip_rows else turned
        return turned[:, ::-1] if self.flip_columns else turned

    def turn_box(
        self, box_xyxy: tuple[float, float, float, float], shape_yx: tuple[int, int]
    ) -> tuple[float, float, float, float]:
        """A box of the slice, in the pixels of the turned slice."""
        x0, y0, x1, y1 = box_xyxy
        height, width = shape_yx
        if self.transpose:
            x0, y0, x1, y1, height, width = y0, x0, y1, x1, width, height
        if self.flip_rows:
            y0, y1 = height - 1 - y1, height - 1 - y0
        if self.flip_columns:
            x0, x1 = width - 1 - x1, width - 1 - x0
        return x0, y0, x1, y1
