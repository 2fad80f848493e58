"""Whatever a user may give as prompts, as the engine's prompts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from medsam_core.errors import PromptError
from medsam_core.mrml.line_prompts import line_boxes
from medsam_core.mrml.node_names import clean_name, subject_of
from medsam_core.mrml.point_prompts import points_of
from medsam_core.mrml.roi_prompts import roi_boxes
from medsam_core.prompts import Box, Prompts, SegmentPrompt
from medsam_core.prompts_file import read_prompts
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsNode

_REMEDY = "give markups (ROI, line, points) or a list of them, boxes, Prompts, or a prompts file"


def prompts_from(
    given: object,
    volume: Volume,
    *,
    negative: vtkMRMLMarkupsNode | None = None,
    name: str | None = None,
    propagation: str = "roi",
    grid: SliceGrid | None = None,
) -> Prompts:
    """Prompts of one or more segments.

    Args:
        given: a markups ROI, line or point list; a list of them, one segment each, in which a list within
            the list is one segment of several markups (an ROI with points, the two axes of an object);
            a `Box` or a list of boxes, one segment each; a `SegmentPrompt` or `Prompts`; or the path of a
            prompts file.
        volume: the image.
        negative: a point list whose points do not belong to the (one) segment.
        name: of the segment, in place of the markup's; numbered if there are several.
        propagation: the strategy that will use them.
        grid: count markups in the pixels of these slices. Boxes and prompts are in them already.

    Raises:
        PromptError: none of these, empty, or see the node's kind.
    """
    prompts = _prompts(given, volume, propagation, grid)
    if negative is not None:
        prompts = _with_negative(prompts, points_of(negative, volume, positive=False, grid=grid))
    return prompts if name is None else _named(prompts, name)


def _prompts(given: Any, volume: Volume, propagation: str, grid: SliceGrid | None) -> Prompts:
    if isinstance(given, Prompts):
        return given
    if isinstance(given, str | os.PathLike):
        if grid is not None and not grid.is_native:
            raise PromptError(given, "is in the volume's own slices", "leave out the slice view")
        return read_prompts(given, volume.geometry)
    items = list(given) if isinstance(given, list | tuple) else [given]
    if not items:
        raise PromptError("prompts", "there are none", "give a box or a point")
    return Prompts(tuple(_segment(one, n, volume, propagation, grid) for n, one in enumerate(items, 1)))


def _segment(
    given: Any, label: int, volume: Volume, propagation: str, grid: SliceGrid | None
) -> SegmentPrompt:
    if isinstance(given, SegmentPrompt):
        return replace(given, label=label)
    if isinstance(given, Box):
        return SegmentPrompt(f"segment {label}", label, (given,))
    nodes = list(given) if isinstance(given, list | tuple) else [given]
    if not nodes or not all(hasattr(node, "IsA") for node in nodes):
        raise PromptError("prompts", f"a {type(given).__name__} is no prompt", _REMEDY)
    return _of_nodes(nodes, label, volume, propagation, grid)


def _of_nodes(
    nodes: Sequence[Any], label: int, volume: Volume, propagation: str, grid: SliceGrid | None
) -> SegmentPrompt:
    """One segment of several markups; named as the first."""
    lines = [node for node in nodes if node.IsA("vtkMRMLMarkupsLineNode")]
    rois = [node for node in nodes if node.IsA("vtkMRMLMarkupsROINode")]
    lists = [node for node in nodes if node.IsA("vtkMRMLMarkupsFiducialNode")]
    strange = next((node for node in nodes if not any(node is one for one in lines + rois + lists)), None)
    if strange is not None:
        raise PromptError(subject_of(strange, "node"), f"is a {strange.GetClassName()}", _REMEDY)
    boxes = [box for roi in rois for box in roi_boxes(roi, volume, propagation=propagation, grid=grid)]
    if lines:
        boxes += line_boxes(lines, volume, grid=grid)
    points = [point for one in lists for point in points_of(one, volume, grid=grid)]
    return SegmentPrompt(clean_name(nodes[0], f"segment {label}"), label, tuple(boxes), tuple(points))


def _with_negative(prompts: Prompts, points: tuple[Any, ...]) -> Prompts:
    if len(prompts.segments) > 1:
        problem = f"belong to none of {len(prompts.segments)} segments"
        raise PromptError("negative points", problem, "segment one object at a time")
    (segment,) = prompts.segments
    return Prompts((replace(segment, points=(*segment.points, *points)),))


def _named(prompts: Prompts, name: str) -> Prompts:
    if len(prompts.segments) == 1:
        return Prompts((replace(prompts.segments[0], name=name),))
    numbered = (replace(one, name=f"{name} {n}") for n, one in enumerate(prompts.segments, 1))
    return Prompts(tuple(numbered))
