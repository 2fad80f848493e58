"""Slice views without a screen: a place, and what a hand does on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medsam_core.interaction.slice_place import SlicePlace
from medsam_core.slice_grid import SliceGrid


@dataclass
class APane:
    """A view that shows a place, or nothing."""

    place: SlicePlace | None = None


def a_place(grid: SliceGrid, index: int, zoom: float = 1.0) -> SlicePlace:
    """A slice with its first row on top, shown with `zoom` view pixels for each of its own."""
    height = grid.shape_yx[0]
    matrix = np.array([[1 / zoom, 0, 0], [0, -1 / zoom, height - 1]])
    return SlicePlace(grid, index, matrix, grid.plane_key(index))


def a_pane(grid: SliceGrid, index: int, zoom: float = 1.0) -> APane:
    """A view of a slice."""
    return APane(a_place(grid, index, zoom))


def view_xy(pane: APane, x: float, y: float) -> tuple[float, float]:
    """Where a slice's pixel is in a view."""
    assert pane.place is not None
    at = pane.place.to_view((x, y))
    return float(at[0]), float(at[1])
