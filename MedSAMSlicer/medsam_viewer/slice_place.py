"""Which slice a view shows, and where its pixels lie on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OptionError
from medsam_core.mrml.slice_view_grid import grid_of_view, view_to_grid
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLSliceNode

XY = tuple[float, float]


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

    @classmethod
    def of(cls, slice_node: vtkMRMLSliceNode, volume: Volume) -> SlicePlace | None:
        """Where a view stands; None beside the volume."""
        try:
            grid, index = grid_of_view(slice_node, volume)
        except OptionError:
            return None
        matrix = view_to_grid(slice_node, volume, grid)
        return cls(grid, index, matrix[:2][:, [0, 1, 3]], grid.plane_key(index))

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
