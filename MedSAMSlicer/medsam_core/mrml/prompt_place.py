"""Where prompts are counted: the voxels of a volume, or the pixels of a pile of slices through it."""

from __future__ import annotations

from medsam_core.geometry import Geometry
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume


def place_of_prompts(volume: Volume, grid: SliceGrid | None) -> Geometry:
    """The geometry whose (i, j, k) the boxes and points of a prompt are: the grid's (x, y, n) if given."""
    return volume.geometry if grid is None else grid.geometry(volume.geometry)
