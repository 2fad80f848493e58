"""Markups ROIs as boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import PromptError
from medsam_core.mrml.matrices import as_array
from medsam_core.mrml.node_names import clean_name, subject_of
from medsam_core.mrml.parent_transform import to_world
from medsam_core.mrml.pixel_range import pixels_within
from medsam_core.mrml.prompt_place import place_of_prompts
from medsam_core.mrml.tilted_box import TiltedBox
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsROINode

_SIZE_XYN = tuple[int, int, int]
_INTO = "move it into the volume"
_LARGER = "make it larger: it must span two columns and rows, and the middle of a slice"


def roi_prompt(
    roi: vtkMRMLMarkupsROINode,
    volume: Volume,
    *,
    name: str | None = None,
    label: int = 1,
    propagation: str = "roi",
    grid: SliceGrid | None = None,
) -> SegmentPrompt:
    """A segment's prompt of one ROI; named as the ROI unless `name` is given. See `roi_boxes`."""
    boxes = roi_boxes(roi, volume, propagation=propagation, grid=grid)
    return SegmentPrompt(clean_name(roi, "ROI") if name is None else name, label, boxes)


def roi_boxes(
    roi: vtkMRMLMarkupsROINode,
    volume: Volume,
    *,
    propagation: str = "roi",
    grid: SliceGrid | None = None,
) -> tuple[Box, ...]:
    """An ROI as boxes of voxels.

    An ROI along the voxels' axes is one 3D box of the voxels whose centres lie within it. Of one at an angle
    each slice that meets it gives a box of its own: that around the exact cross-section; `track` is given
    the middle one of them, and the 3D box around all as its limit. A part outside of the volume is left out,
    and so are slices where a slanted ROI runs out to less than two columns or rows.

    Args:
        roi: of either type (box, or bounding box of points), under any linear transforms. That its inside is
            shown as outside (inside out) makes no difference.
        volume: the image.
        propagation: the strategy that will use the boxes.
        grid: count in the pixels (x, y, n) of these slices instead of the volume's voxels.

    Raises:
        PromptError: the ROI is not placed, empty, thinner than two voxels or than a slice, wholly outside of
            the volume, or under a transform that is not linear.
    """
    place = place_of_prompts(volume, grid)
    shape = _shape_of(roi, place.ras_to_ijk)
    subject = subject_of(roi, "ROI")
    low, high = shape.bounds
    if np.any(high < -0.5) or np.any(low > np.array(place.size_ijk) - 0.5):
        raise PromptError(subject, "lies outside of the volume", _INTO)
    if shape.is_upright:
        return (_solid(shape, place.size_ijk, subject),)
    sections = tuple(_sections(shape, place.size_ijk, subject))
    if propagation == "track" and len(sections) > 1:
        return sections[len(sections) // 2], _around(sections)
    return sections


def _shape_of(roi: vtkMRMLMarkupsROINode, ras_to_ijk: np.ndarray) -> TiltedBox:
    subject = subject_of(roi, "ROI")
    to_world(roi, "ROI", PromptError)  # the ROI's own matrix below would bend with the transform, silently
    size_mm = np.array(roi.GetSize())
    if roi.GetNumberOfDefinedControlPoints() == 0 or not np.all(size_mm > 0):
        raise PromptError(subject, "is empty", "place it around the object")
    # The matrix holds the scale of the transforms: GetSizeWorld would count it twice. Under shear Slicer
    # keeps the ROI a box at right angles; the matrix says which.
    to_voxels = ras_to_ijk @ as_array(roi.GetObjectToWorldMatrix())
    shape = TiltedBox(to_voxels[:3, :3] * (size_mm / 2), to_voxels[:3, 3])
    if not np.all(np.isfinite(shape.corners)):
        raise PromptError(subject, "has a place or size that is no number", "place it again")
    return shape


def _solid(shape: TiltedBox, size: _SIZE_XYN, subject: str) -> Box:
    ranges = [pixels_within(a, b, n) for a, b, n in zip(*shape.bounds, size, strict=True)]
    if None in ranges or any(pair[1] == pair[0] for pair in ranges[:2]):
        raise PromptError(subject, "is too thin", _LARGER)
    (i0, i1), (j0, j1), (k0, k1) = ranges
    return Box((i0, j0, k0), (i1, j1, k1))


def _sections(shape: TiltedBox, size: _SIZE_XYN, subject: str) -> list[Box]:
    low, high = shape.bounds
    slices = pixels_within(low[2], high[2], size[2])
    planes = range(slices[0], slices[1] + 1) if slices else ()
    polygons = {k: shape.section(k, size[:2]) for k in planes}
    met = {k: polygon for k, polygon in polygons.items() if len(polygon)}
    if polygons and not met:
        raise PromptError(subject, "lies outside of the volume", _INTO)
    boxes = [box for k, polygon in met.items() if (box := _box_around(polygon, k, size)) is not None]
    if not boxes:
        raise PromptError(subject, "is too thin", _LARGER)
    return boxes


def _box_around(polygon: np.ndarray, k: int, size: _SIZE_XYN) -> Box | None:
    """A box of one slice; None where it would be one column or row thin."""
    columns, rows = (
        pixels_within(a, b, n) for a, b, n in zip(polygon.min(0), polygon.max(0), size[:2], strict=True)
    )
    if columns is None or rows is None or columns[0] == columns[1] or rows[0] == rows[1]:
        return None
    return Box((columns[0], rows[0], k), (columns[1], rows[1], k))


def _around(boxes: tuple[Box, ...]) -> Box:
    low = np.min([box.min_ijk for box in boxes], axis=0).tolist()
    high = np.max([box.max_ijk for box in boxes], axis=0).tolist()
    return Box(tuple(low), tuple(high))
