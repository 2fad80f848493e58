"""The labelmaps behind a segmentation: layers, each with one segment or several that do not overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.mrml.labelmap_grid import KJI, LabelmapGrid, block_of, values_of
from medsam_core.mrml.voxel_map import VoxelMap

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkOrientedImageData

LABELMAP = "Binary labelmap"


@dataclass(eq=False)
class Layer:
    """One labelmap.

    Attributes:
        image: Slicer's own image; its extent is that of its voxels that are not 0, or empty.
        labels: segment id -> its value in the image.
    """

    image: vtkOrientedImageData
    labels: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether it has no voxels at all."""
        return values_of(self.image)[1].size == 0

    def block(self, grid: LabelmapGrid, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
        """A (k, j, i) block of its values on a grid: a copy, by nearest neighbours if its own is another."""
        first, values = values_of(self.image)
        if not values.size or grid.matches(self.image):
            return block_of(values, first, start_kji, shape_kji)
        voxel_map = VoxelMap.between(
            grid.ijk_to_parent, LabelmapGrid(self.image).ijk_to_parent, shape_kji[::-1]
        )
        block = np.zeros(shape_kji, values.dtype)
        for label in self.labels.values():
            of_label = partial(block_of, values == label, first)
            block[voxel_map.to_volume_block(of_label, start_kji, shape_kji)] = label
        return block


class SegmentLayers:
    """All layers of a segmentation as they are now; made anew after each change."""

    def __init__(self, node: vtkMRMLSegmentationNode) -> None:
        segmentation = node.GetSegmentation()
        by_image: dict[object, Layer] = {}
        for number in range(segmentation.GetNumberOfSegments()):
            segment_id = segmentation.GetNthSegmentID(number)
            image = node.GetBinaryLabelmapInternalRepresentation(segment_id)
            if image is not None:
                layer = by_image.setdefault(image, Layer(image))
                layer.labels[segment_id] = segmentation.GetSegment(segment_id).GetLabelValue()
        self.all = tuple(by_image.values())

    def of(self, segment_id: str) -> Layer | None:
        """The layer of a segment."""
        return next((layer for layer in self.all if segment_id in layer.labels), None)

    def mask(
        self, segment_ids: Iterable[str], grid: LabelmapGrid, start_kji: KJI, shape_kji: KJI
    ) -> np.ndarray:
        """(k, j, i) bool: the voxels of a block that belong to any of these segments."""
        wanted = set(segment_ids)
        mask = np.zeros(shape_kji, bool)
        for layer in self.all:
            labels = [label for segment_id, label in layer.labels.items() if segment_id in wanted]
            if labels and not layer.is_empty:
                mask |= np.isin(layer.block(grid, start_kji, shape_kji), labels)
        return mask
