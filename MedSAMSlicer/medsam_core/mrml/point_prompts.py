"""Markups point lists as clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medsam_core.mrml.control_points import ControlPoint, placed_points
from medsam_core.mrml.node_names import clean_name
from medsam_core.prompts import Point, SegmentPrompt, nearest_voxel
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode

NEGATIVE_DESCRIPTIONS = ("negative", "-")
NEGATIVE_LABEL = "-"


def point_prompt(
    positive: vtkMRMLMarkupsFiducialNode,
    volume: Volume,
    *,
    negative: vtkMRMLMarkupsFiducialNode | None = None,
    name: str | None = None,
    label: int = 1,
    grid: SliceGrid | None = None,
) -> SegmentPrompt:
    """A segment's prompt of points; named as the node of the positive ones unless `name` is given.

    Args:
        positive: points that belong to the segment, but for those marked negative (see `points_of`).
        volume: the image.
        negative: points that do not belong to it, if they are in a node of their own.
        name, label: of the segment.
        grid: count in the pixels (x, y, n) of these slices instead of the volume's voxels.

    Raises:
        PromptError: a point lies outside of the volume, or none is positive.
    """
    points = points_of(positive, volume, grid=grid)
    if negative is not None:
        points += points_of(negative, volume, positive=False, grid=grid)
    return SegmentPrompt(clean_name(positive, "points") if name is None else name, label, points=points)


def points_of(
    node: vtkMRMLMarkupsFiducialNode,
    volume: Volume,
    *,
    positive: bool = True,
    grid: SliceGrid | None = None,
) -> tuple[Point, ...]:
    """The placed points of a list as clicks; points that are not yet placed are left out.

    Args:
        node: a point list.
        volume: the image.
        positive: whether points belong to the segment. In a list of positive points, one whose description
            is "negative" or "-", or whose label starts with "-", is negative.
        grid: count in the pixels (x, y, n) of these slices: each point goes to the nearest slice.

    Raises:
        PromptError: a point lies outside of the volume; names it.
    """
    return tuple(
        Point(_voxel(point, volume, grid), positive and not _is_marked_negative(point))
        for point in placed_points(node)
    )


def _is_marked_negative(point: ControlPoint) -> bool:
    described = point.description.strip().lower() in NEGATIVE_DESCRIPTIONS
    return described or point.label.strip().startswith(NEGATIVE_LABEL)


def _voxel(point: ControlPoint, volume: Volume, grid: SliceGrid | None) -> tuple[int, int, int]:
    voxel = nearest_voxel(point.ras_mm, "ras", volume.geometry, point.subject)
    if grid is None or grid.is_native:
        return voxel
    exact = grid.to_xyn(volume.geometry.to_ijk(point.ras_mm, "ras"))
    # The last pixel of a pile may lie up to a pixel before the volume's edge: a point there belongs to it.
    x, y, n = np.clip(np.floor(exact + 0.5), 0, np.array(grid.size_xyn) - 1).astype(int).tolist()
    return x, y, n
