"""Where the Segment Editor's settings let a segment be changed: editable area and intensity range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medsam_core.mrml.labelmap_grid import KJI, LabelmapGrid, block_of, values_of
from medsam_core.mrml.segment_layers import SegmentLayers
from medsam_core.mrml.voxel_map import VoxelMap

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLSegmentEditorNode


class EditMask:
    """The settings of an editor node, applied to blocks of voxels.

    Slicer's own logic makes a mask of the whole volume for each change; a block costs what the block holds.

    Args:
        editor: with mask mode, mask segment and intensity range.
        layers: the segmentation's.
        grid: of the blocks.
        volume_map: from the source volume's voxels to the grid's.
    """

    def __init__(
        self,
        editor: vtkMRMLSegmentEditorNode,
        layers: SegmentLayers,
        grid: LabelmapGrid,
        volume_map: VoxelMap,
    ) -> None:
        self._editor = editor
        self._layers = layers
        self._grid = grid
        self._volume_map = volume_map

    @property
    def single_segment(self) -> str | None:
        """The one segment inside of which editing is allowed, if that is the editable area."""
        node = self._editor.GetSegmentationNode()
        if self._editor.GetMaskMode() != node.EditAllowedInsideSingleSegment:
            return None
        return self._editor.GetMaskSegmentID() or ""

    def addable(self, segment_id: str, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
        """(k, j, i) bool: the voxels of a block that may come to a segment."""
        allowed = self._in_area(segment_id, start_kji, shape_kji)
        return allowed & self._in_range(start_kji, shape_kji)

    def removable(self, segment_id: str, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
        """(k, j, i) bool: the voxels of a block that may leave a segment.

        As Slicer has it, a segment drawn inside of a single one may lose all of its voxels: they were that
        one's and go back to it.
        """
        if self.single_segment is not None:
            return self._in_range(start_kji, shape_kji)
        return self.addable(segment_id, start_kji, shape_kji)

    def _in_range(self, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
        if not self._editor.GetSourceVolumeIntensityMask():
            return np.ones(shape_kji, bool)
        low, high = self._editor.GetSourceVolumeIntensityMaskRange()
        values = self._intensities(start_kji, shape_kji)
        return (values >= low) & (values <= high)

    def _in_area(self, segment_id: str, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
        node = self._editor.GetSegmentationNode()
        mode = self._editor.GetMaskMode()
        everything = node.GetSegmentation().GetSegmentIDs()
        visible = [one for one in everything if is_visible(node, one)]
        inside = {
            node.EditAllowedInsideAllSegments: everything,
            node.EditAllowedInsideVisibleSegments: visible,
            node.EditAllowedInsideSingleSegment: [self.single_segment],
        }
        outside = {
            node.EditAllowedOutsideAllSegments: everything,
            node.EditAllowedOutsideVisibleSegments: visible,
        }
        if mode in inside:
            return self._layers.mask(inside[mode], self._grid, start_kji, shape_kji)
        others = [one for one in outside.get(mode, ()) if one != segment_id]
        return ~self._layers.mask(others, self._grid, start_kji, shape_kji)

    def _intensities(self, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
        """(k, j, i) values of the source volume (of the first colour), linear between its voxels."""
        volume = self._editor.GetSourceVolumeNode()
        offset = self._volume_map.offset_kji
        if offset is None:
            return self._resampled(volume, start_kji, shape_kji)
        _, values = values_of(volume.GetImageData())
        return block_of(values, offset, start_kji, shape_kji)

    def _resampled(self, volume: vtkMRMLScalarVolumeNode, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
        """As Slicer's logic aligns the source volume, on the block alone."""
        from slicer import vtkMRMLTransformNode, vtkOrientedImageData, vtkOrientedImageDataResample
        from vtkmodules.vtkCommonMath import vtkMatrix4x4
        from vtkmodules.vtkCommonTransforms import vtkGeneralTransform

        source, aligned = vtkOrientedImageData(), vtkOrientedImageData()
        source.ShallowCopy(volume.GetImageData())
        matrix, to_segmentation = vtkMatrix4x4(), vtkGeneralTransform()
        volume.GetIJKToRASMatrix(matrix)
        source.SetGeometryFromImageToWorldMatrix(matrix)
        node = self._editor.GetSegmentationNode()
        vtkMRMLTransformNode.GetTransformBetweenNodes(
            volume.GetParentTransformNode(), node.GetParentTransformNode(), to_segmentation
        )
        vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
            source,
            self._grid.frame(start_kji, shape_kji),
            aligned,
            True,
            False,
            to_segmentation,
            volume.GetImageBackgroundScalarComponentAsDouble(0),
        )
        first, values = values_of(aligned)
        return block_of(values, first, start_kji, shape_kji)


def is_visible(node: vtkMRMLSegmentationNode, segment_id: str) -> bool:
    """Whether a segment is shown, as far as its segmentation's display settings say."""
    display = node.GetDisplayNode()
    return display is None or bool(display.GetSegmentVisibility(segment_id))
