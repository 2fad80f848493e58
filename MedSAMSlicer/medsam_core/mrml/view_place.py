"""Where a slice view of a scene stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.errors import OptionError
from medsam_core.interaction.slice_place import SlicePlace
from medsam_core.mrml.slice_view_grid import grid_of_view, view_to_grid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLSliceNode


def place_of_view(slice_node: vtkMRMLSliceNode, volume: Volume) -> SlicePlace | None:
    """The slice that a view shows; None beside the volume."""
    try:
        grid, index = grid_of_view(slice_node, volume)
    except OptionError:
        return None
    matrix = view_to_grid(slice_node, volume, grid)
    return SlicePlace(grid, index, matrix[:2][:, [0, 1, 3]], grid.plane_key(index))
