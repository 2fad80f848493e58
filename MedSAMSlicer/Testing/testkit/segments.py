"""Segmentations of a real scene, looked at voxel by voxel."""

from __future__ import annotations

from typing import Any

import numpy as np

from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.labelmap_grid import block_of, values_of
from medsam_core.prompts import Box
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.voxel_patch import VoxelPatch


def whole(writer: EditorWriter) -> Box:
    """All voxels of a writer's source volume."""
    i, j, k = writer.volume_node.GetImageData().GetDimensions()
    return Box((0, 0, 0), (i - 1, j - 1, k - 1))


def masks_of(writer: EditorWriter) -> dict[str, np.ndarray]:
    """Segment id -> its (k, j, i) mask on the source volume, as the writer reads it."""
    region = whole(writer)
    return {one.segment_id: writer.read(one.segment_id, region).mask_kji.copy() for one in writer.segments()}


def labelmaps_of(node: Any, shape_kji: tuple[int, int, int]) -> dict[str, np.ndarray]:
    """Segment id -> its (k, j, i) mask as Slicer itself gives it, on the segmentation's own grid."""
    from slicer import vtkOrientedImageData

    found = {}
    for segment_id in node.GetSegmentation().GetSegmentIDs():
        image = vtkOrientedImageData()
        assert node.GetBinaryLabelmapRepresentation(segment_id, image)
        first, values = values_of(image)
        found[segment_id] = block_of(values, first, (0, 0, 0), shape_kji) > 0
    return found


def same_masks(some: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> bool:
    """Whether both have the same segments with the same voxels, bit for bit."""
    return list(some) == list(others) and all(np.array_equal(some[one], others[one]) for one in some)


def edit(
    segment_id: str,
    mask_kji: np.ndarray,
    mode: str = "replace",
    start_kji: tuple[int, int, int] = (0, 0, 0),
    **tags: str,
) -> SegmentEdit:
    """An edit of a block that starts at a voxel."""
    return SegmentEdit(segment_id, VoxelPatch(start_kji, mask_kji), mode, tags)  # type: ignore[arg-type]
