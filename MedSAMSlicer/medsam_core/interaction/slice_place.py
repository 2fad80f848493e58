"""Which slice a view shows, and where its pixels lie on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from medsam_core.slice_grid import SliceGrid

XY = tuple[float, float]
BoxXYXY = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class SlicePlace:
    """A snapshot of a slice view.

    Attributes:
        grid, index: the slice.
        view_to_slice: (2, 3) from view pixels (X, Y, 1), from the lower left, to the slice's pixels (x, y).
        key: the same for views that show the same slice.
    """

    grid: SliceGrid
    index: int
    view_to_slice: np.ndarray
    key: str

    def to_slice(self, view_xy: XY) -> XY:
        """A view's pixel on the slice."""
        x, y = self.view_to_slice @ [*view_xy, 1.0]
        return float(x), float(y)

    def to_view(self, slice_xy: object) -> np.ndarray:
        """(..., 2) points of the slice in the view."""
        linear, offset = self.view_to_slice[:, :2], self.view_to_slice[:, 2]
        return (np.asarray(slice_xy, float) - offset) @ np.linalg.inv(linear).T

    def is_on(self, slice_xy: XY) -> bool:
        """Whether a point lies on the image."""
        height, width = self.grid.shape_yx
        return -0.5 <= slice_xy[0] < width - 0.5 and -0.5 <= slice_xy[1] < height - 0.5

    def shows(self, grid: SliceGrid, index: int) -> bool:
        """Whether this is a slice of another pile."""
        return 0 <= index < grid.count and grid.plane_key(index) == self.key

    def is_along(self, grid: SliceGrid) -> bool:
        """Whether the view moves through the slices of a pile."""
        return self.grid.plane_key(0) == grid.plane_key(0)


class Pane(Protocol):
    """A slice view of a face."""

    place: SlicePlace | None
    """What it shows; None beside the volume."""
