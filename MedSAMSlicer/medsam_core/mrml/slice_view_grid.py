"""What a slice view shows, as a pile of slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OptionError
from medsam_core.geometry import Geometry
from medsam_core.mrml.matrices import as_array
from medsam_core.mrml.node_names import subject_of
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLSliceNode

# A plane that leaves a slice of voxels by less than this part of a slice, from corner to corner of the
# volume, is that slice.
_MOST_DRIFT = 0.1


def grid_of_view(slice_node: vtkMRMLSliceNode, volume: Volume) -> tuple[SliceGrid, int]:
    """The slices parallel to a view, and the number of the one that it shows.

    If the view's plane lies along two axes of the voxels, these are the volume's slices across the third
    (`SliceGrid.along`), however the view is flipped or turned within its plane, and the number is that of
    the nearest. Otherwise they are reformatted: one slice goes exactly through the view's plane, its rows
    and columns as on screen (the first row on top). Panning, zooming and resizing the view changes nothing,
    scrolling the plane alone.

    Raises:
        OptionError: the plane does not cut the volume, or the view has no plane.
    """
    plane_to_ras = _plane(slice_node)
    slope, at_origin = _plane_in_voxels(plane_to_ras, volume.geometry)
    axis = int(np.argmax(np.abs(slope)))
    drift = np.abs(slope / slope[axis]) * (np.array(volume.geometry.size_ijk) - 1)
    if drift.sum() - drift[axis] > _MOST_DRIFT:
        return _reformatted(slice_node, plane_to_ras, volume.geometry)
    middle = (np.array(volume.geometry.size_ijk) - 1) / 2
    middle[axis] = 0
    index = int(np.floor(-(at_origin + slope @ middle) / slope[axis] + 0.5))
    if not 0 <= index < volume.geometry.size_ijk[axis]:
        raise _beside(slice_node)
    return SliceGrid.along(volume.geometry, "ijk"[axis]), index


def view_to_grid(slice_node: vtkMRMLSliceNode, volume: Volume, grid: SliceGrid) -> np.ndarray:
    """The (4, 4) matrix from a view's pixels (X, Y, 0, 1) to a grid's (x, y, n, 1), fractions included.

    View pixels are Slicer's XY: doubles, from the lower left, in the view's own flips, zoom and pan. Its
    inverse leads back. Where the grid's slices are the volume's own, the view may lie between two of them:
    then n is no whole number, and is to be kept for the way back.
    """
    return grid.ijk_to_xyn @ volume.geometry.ras_to_ijk @ as_array(slice_node.GetXYToRAS())


def _plane(slice_node: vtkMRMLSliceNode) -> np.ndarray:
    """(4, 4) of unit directions: right and down on screen, the slice's normal; and a point of the plane."""
    view, slice_to_ras = as_array(slice_node.GetXYToRAS()), as_array(slice_node.GetSliceToRAS())
    plane = np.eye(4)
    plane[:3] = np.column_stack([view[:3, 0], -view[:3, 1], slice_to_ras[:3, 2], view[:3, 3]])
    lengths = np.linalg.norm(plane[:3, :3], axis=0)
    plane[:3, :3] /= np.where(lengths > 0, lengths, 1)
    if not np.all(np.isfinite(plane)) or abs(np.linalg.det(plane[:3, :3])) < 1e-6:
        problem = "has no plane (its directions are not three)"
        raise OptionError(subject_of(slice_node, "view"), problem, "reset its orientation")
    return plane


def _plane_in_voxels(plane_to_ras: np.ndarray, geometry: Geometry) -> tuple[np.ndarray, float]:
    """The plane as slope . (i, j, k) + at_origin = 0."""
    normal = np.cross(plane_to_ras[:3, 0], plane_to_ras[:3, 1])
    slope = normal @ geometry.ijk_to_ras[:3, :3]
    return slope, float(normal @ (geometry.ijk_to_ras[:3, 3] - plane_to_ras[:3, 3]))


def _reformatted(
    slice_node: vtkMRMLSliceNode, plane_to_ras: np.ndarray, geometry: Geometry
) -> tuple[SliceGrid, int]:
    centre = geometry.from_ijk((np.array(geometry.size_ijk) - 1) / 2, "ras")
    normal = np.cross(plane_to_ras[:3, 0], plane_to_ras[:3, 1])
    normal /= np.linalg.norm(normal)
    anchored = plane_to_ras.copy()
    anchored[:3, 3] = centre - normal * (normal @ (centre - plane_to_ras[:3, 3]))
    try:
        return SliceGrid.oblique(geometry, anchored)
    except OptionError as error:
        raise _beside(slice_node) from error


def _beside(slice_node: vtkMRMLSliceNode) -> OptionError:
    return OptionError(subject_of(slice_node, "view"), "does not cut the volume", "scroll it into the volume")
