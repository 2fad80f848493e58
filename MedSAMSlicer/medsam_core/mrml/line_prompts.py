"""Markups lines, drawn as the axes of an object, as boxes.

In MedSAM's annotation study the experts drew the long and the short axis of an object every 3 to 10 slices;
the boxes around them prompted the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.mrml.axis_cross import DrawnAxis, axis_groups, bounds_of_group
from medsam_core.mrml.control_points import placed_points
from medsam_core.mrml.node_names import clean_name, subject_of
from medsam_core.mrml.prompt_place import place_of_prompts
from medsam_core.prompts import Box, SegmentPrompt, nearest_voxel
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsLineNode

# How far along the slices' normal the two ends may lie apart, in slices: a line drawn in a slice view lies in
# its plane, and that may be anywhere between two slices.
_MOST_LEAN = 0.5
_SHORTEST_PIXELS = 1.0


def line_prompt(
    lines: Sequence[vtkMRMLMarkupsLineNode],
    volume: Volume,
    *,
    name: str | None = None,
    label: int = 1,
    grid: SliceGrid | None = None,
) -> SegmentPrompt:
    """A segment's prompt of lines; named as the first line unless `name` is given. See `line_boxes`."""
    boxes = line_boxes(lines, volume, grid=grid)
    return SegmentPrompt(clean_name(lines[0], "line") if name is None else name, label, boxes)


def line_boxes(
    lines: Sequence[vtkMRMLMarkupsLineNode], volume: Volume, *, grid: SliceGrid | None = None
) -> tuple[Box, ...]:
    """Lines as boxes of one slice each, lowest slice first.

    Lines of one slice that cross (or come within a pixel of each other) are axes of one object: the box is
    that around their ends. A line by itself is taken for the long axis of an ellipse whose short axis is
    three quarters as long: the box is that around the ellipse, cut at the edge of the image. A pixel in
    which a line ends belongs to the box.

    Args:
        lines: line nodes, under any transforms.
        volume: the image.
        grid: count in the pixels (x, y, n) of these slices instead of the volume's voxels.

    Raises:
        PromptError: no line; a line that is not finished, has no length, ends outside of the volume or on
            another slice than it starts; or axes that span no two columns and rows.
    """
    if not lines:
        raise PromptError("lines", "there are none", "draw the long axis of the object on some slices")
    place = place_of_prompts(volume, grid)
    axes = sorted((_axis(line, volume, place) for line in lines), key=lambda axis: axis.k)
    pixel_mm = place.ijk_to_ras[:3, :2]
    return tuple(_box(group, pixel_mm, place.size_ijk) for group in axis_groups(axes))


def _axis(line: vtkMRMLMarkupsLineNode, volume: Volume, place: Geometry) -> DrawnAxis:
    subject = subject_of(line, "line")
    points = placed_points(line)
    if len(points) < 2:
        raise PromptError(subject, "is not finished", "place both of its ends")
    for point in points:
        nearest_voxel(point.ras_mm, "ras", volume.geometry, point.subject)
    start, end = place.to_ijk([point.ras_mm for point in points[:2]], "ras")
    if abs(end[2] - start[2]) > _MOST_LEAN:
        problem = f"runs from slice {start[2]:.1f} to slice {end[2]:.1f}"
        raise PromptError(subject, problem, "draw it on one slice")
    if np.hypot(*(end - start)[:2]) < _SHORTEST_PIXELS:
        raise PromptError(subject, "has no length", "draw it from edge to edge of the object")
    k = np.clip(np.floor((start[2] + end[2]) / 2 + 0.5), 0, place.size_ijk[2] - 1)
    return DrawnAxis(subject, int(k), np.array([start[:2], end[:2]]))


def _box(group: list[DrawnAxis], pixel_mm: np.ndarray, size_xyn: tuple[int, int, int]) -> Box:
    k = group[0].k
    last = np.array(size_xyn[:2]) - 1
    nearest = [np.clip(np.floor(b + 0.5), 0, last).astype(int) for b in bounds_of_group(group, pixel_mm)]
    (x0, y0), (x1, y1) = (pixel.tolist() for pixel in nearest)
    if x0 == x1 or y0 == y1:
        problem = "spans no two columns and rows with the lines that it meets"
        raise PromptError(group[0].subject, problem, "draw the axes across each other")
    return Box((x0, y0, k), (x1, y1, k))
