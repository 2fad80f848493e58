"""Segments as masks on a volume's own voxels, wherever the segmentation lies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OutputError, VolumeError
from medsam_core.geometry import Geometry
from medsam_core.mrml.labelmap_grid import KJI, LabelmapGrid, values_of
from medsam_core.mrml.node_names import subject_of
from medsam_core.mrml.parent_transform import to_world
from medsam_core.mrml.segment_layers import LABELMAP, Layer, SegmentLayers
from medsam_core.mrml.volume_node import geometry_of
from medsam_core.mrml.voxel_map import VoxelMap
from medsam_core.prompts import Box
from medsam_core.voxel_patch import VoxelPatch

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkSegmentation

_SPECIFY = "specify it from the source volume (Segmentations module)"
_EMPTY = VoxelPatch((0, 0, 0), np.zeros((1, 1, 1), bool))


class SegmentReader:
    """Reads the segments of a segmentation node.

    Args:
        node: the segmentation.
        volume: whose voxels the masks are on.

    Its methods raise OutputError where there is no such segment, or it is a surface and has no voxels, and
    VolumeError where the volume has no voxels; either where a transform is not linear.
    """

    def __init__(self, node: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode) -> None:
        self.node = node
        self.volume = volume

    def read(self, segment_id: str, region: Box | None = None) -> VoxelPatch:
        """A segment in a block; by default in the smallest that holds it (one voxel if it is empty)."""
        layers, layer = self.layers_of(segment_id)
        if region is not None:
            return VoxelPatch(_corner(region), self.mask([segment_id], layers, layer, region))
        block = self._block_on_volume(layer, segment_id)
        if block is None:
            return _EMPTY
        patch = VoxelPatch(_corner(block), self.mask([segment_id], layers, layer, block)).cropped()
        return patch if patch.voxels else _EMPTY

    def mask(
        self, segment_ids: Iterable[str], layers: SegmentLayers, layer: Layer, region: Box
    ) -> np.ndarray:
        """(k, j, i) bool: the volume's voxels of a region that belong to any of these segments.

        Args:
            segment_ids: of the segments.
            layers: the segmentation's.
            layer: the one whose grid decides, where segments lie on several.
            region: the block.
        """
        grid, voxel_map = self.place(layer)
        wanted = tuple(segment_ids)
        return voxel_map.to_volume_block(
            lambda start, shape: layers.mask(wanted, grid, start, shape),
            _corner(region),
            region.size_ijk[::-1],
        )

    def layers_of(self, segment_id: str) -> tuple[SegmentLayers, Layer]:
        """All layers as they are now, and the one that a segment is in."""
        if self.node.GetSegmentation().GetSegment(segment_id) is None:
            subject = subject_of(self.node, "segmentation")
            raise OutputError(subject, f"has no segment '{segment_id[:60]}'", "give the id of one it has")
        layers = SegmentLayers(self.node)
        layer = layers.of(segment_id)
        if layer is None:
            raise not_voxels(self.node)
        return layers, layer

    def place(self, layer: Layer) -> tuple[LabelmapGrid, VoxelMap]:
        """The grid of a layer (the reference geometry's, if it is empty), and the way there."""
        grid = self.reference_grid() if layer.is_empty else LabelmapGrid(layer.image)
        geometry = geometry_of(self.volume)
        return grid, VoxelMap.between(geometry.ijk_to_ras, self._to_world(grid), geometry.size_ijk)

    def reference_grid(self) -> LabelmapGrid:
        """The grid of the segmentation's reference geometry.

        If it has none, it is that of its voxels; if there are none either, it becomes the volume's.
        """
        from slicer import vtkOrientedImageData, vtkSegmentationConverter

        name = vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
        segmentation = self.node.GetSegmentation()
        if not segmentation.GetConversionParameter(name):
            filled = next((one for one in SegmentLayers(self.node).all if not one.is_empty), None)
            if filled is not None:
                return LabelmapGrid(filled.image)
            self.node.SetReferenceImageGeometryParameterFromVolumeNode(self.volume)
        image = vtkOrientedImageData()
        text = segmentation.GetConversionParameter(name)
        if not vtkSegmentationConverter.DeserializeImageGeometry(text, image, False):
            raise OutputError(subject_of(self.node, "segmentation"), "its geometry is damaged", _SPECIFY)
        return LabelmapGrid(image)

    def _to_world(self, grid: LabelmapGrid) -> np.ndarray:
        """The (4, 4) matrix from a grid's voxels to world RAS."""
        matrix = to_world(self.node, "segmentation", OutputError) @ grid.ijk_to_parent
        try:
            return Geometry((1, 1, 1), matrix).ijk_to_ras
        except VolumeError as error:
            raise OutputError(subject_of(self.node, "segmentation"), error.problem, _SPECIFY) from error

    def _block_on_volume(self, layer: Layer, segment_id: str) -> Box | None:
        """The volume's voxels that a segment may have; None if there are none."""
        first, values = values_of(layer.image)
        found = VoxelPatch(first, values == layer.labels[segment_id]).cropped() if values.size else _EMPTY
        if not found.voxels:
            return None
        _, voxel_map = self.place(layer)
        start, shape = voxel_map.volume_bounds(found.start_kji, found.mask_kji.shape)  # type: ignore[arg-type]
        last = np.subtract(geometry_of(self.volume).shape_kji, 1)
        low, high = np.maximum(start, 0), np.minimum(np.add(start, shape) - 1, last)
        if np.any(low > high):
            return None
        return Box(tuple(low[::-1].tolist()), tuple(high[::-1].tolist()))


def checked_for_voxels(node: vtkMRMLSegmentationNode) -> vtkSegmentation:
    """A node's segmentation, if its segments are voxels: what is edited, of what Slicer can hold.

    One without segments is told to hold voxels.

    Raises:
        OutputError: it holds surfaces, or parts of voxels (fractional labelmaps).
    """
    segmentation = node.GetSegmentation()
    if segmentation.GetSourceRepresentationName() != LABELMAP:
        if segmentation.GetNumberOfSegments():
            raise not_voxels(node)
        segmentation.SetSourceRepresentationName(LABELMAP)
    return segmentation


def not_voxels(node: vtkMRMLSegmentationNode) -> OutputError:
    """The error of a segmentation that cannot be edited voxel by voxel."""
    kept = node.GetSegmentation().GetSourceRepresentationName() or "nothing"
    remedy = "make 'Binary labelmap' its source representation (Segmentations module)"
    return OutputError(subject_of(node, "segmentation"), f"is kept as '{kept[:60]}', not as voxels", remedy)


def _corner(region: Box) -> KJI:
    i, j, k = region.min_ijk
    return k, j, i
