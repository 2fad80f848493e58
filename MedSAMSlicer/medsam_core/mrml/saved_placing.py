"""Where the voxels of a file lie in a segmentation of the scene."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.formats.header_checks import free_memory
from medsam_core.geometry import Geometry
from medsam_core.mrml.segment_layers import Layer
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.volume_node import geometry_of
from medsam_core.mrml.voxel_map import VoxelMap
from medsam_core.voxel_patch import VoxelPatch

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkOrientedImageData


_COPIES = 4
"""Of a segment as large as the volume, while its voxels are laid out."""


class SavedPlacing:
    """Brings voxels of a file onto the grid of a segmentation, as far as they lie within its volume.

    Args:
        node: the segmentation.
        volume: that it belongs to.
        geometry: of the file, in the same world.

    Attributes:
        voxels: how many there were, as they lay in the file.
        left_out: how many of them have their centre outside of the volume.

    Raises:
        OutputError, VolumeError: see `SegmentReader`.
    """

    def __init__(
        self, node: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode, geometry: Geometry
    ) -> None:
        from slicer import vtkOrientedImageData

        of_volume = geometry_of(volume)
        self._grid, volume_map = SegmentReader(node, volume).place(Layer(vtkOrientedImageData()))
        self._volume_start, self._shape = volume_map.offset_kji, of_volume.shape_kji
        grid_to_world = of_volume.ijk_to_ras @ np.linalg.inv(volume_map.to_grid)
        self._map = VoxelMap.between(geometry.ijk_to_ras, grid_to_world, geometry.size_ijk)
        self._to_volume = of_volume.ras_to_ijk @ geometry.ijk_to_ras
        self.voxels = self.left_out = 0

    @property
    def is_copy(self) -> bool:
        """Whether the file's voxels are the segmentation's own, or a part of them, or more than them."""
        return self._map.offset_kji is not None

    def patch(self, found: VoxelPatch) -> VoxelPatch:
        """Voxels of the file on the grid; one voxel (False) of what is empty there."""
        self.voxels += found.voxels
        self.left_out += self._outside(found)
        if not found.voxels:
            return found
        if free_memory() < _COPIES * math.prod(self._shape):
            raise VolumeError("segmentation", "needs more memory than is free", "close other programs")
        start, _, mask = self._map.to_grid_blocks(found)
        return self._within(VoxelPatch(start, mask))

    def image(self, labelled: Sequence[tuple[int, VoxelPatch]]) -> vtkOrientedImageData:
        """Patches as one labelmap: an image with a copy of their labels, no larger than it must be."""
        filled = [(label, patch) for label, patch in labelled if patch.voxels]
        block = VoxelPatch.union([patch for _, patch in filled])
        largest = max((label for label, _ in filled), default=0)
        values = np.zeros(
            block.mask_kji.shape if filled else (0, 0, 0), np.uint8 if largest <= 255 else np.uint16
        )
        for label, patch in filled:
            start = tuple(np.subtract(patch.start_kji, block.start_kji).tolist())
            values[VoxelPatch(start, patch.mask_kji).slices][patch.mask_kji] = label
        return self._grid.image(block.start_kji, values)

    def _within(self, patch: VoxelPatch) -> VoxelPatch:
        """The part in the volume; all of it, where the grid of the segmentation is not the volume's."""
        if self._volume_start is None:
            return patch.cropped()
        low = np.maximum(patch.start_kji, self._volume_start)
        high = np.minimum(
            np.add(patch.start_kji, patch.mask_kji.shape), np.add(self._volume_start, self._shape)
        )
        if np.any(low >= high):
            return VoxelPatch(self._volume_start, np.zeros((1, 1, 1), bool))
        of = tuple(slice(a, b) for a, b in zip(low - patch.start_kji, high - patch.start_kji, strict=True))
        return VoxelPatch(tuple(low.tolist()), patch.mask_kji[of]).cropped()

    def _outside(self, found: VoxelPatch) -> int:
        """Slice by slice; nothing is looked at if the whole block is inside."""
        if not found.voxels or self._are_inside(_corners(found)).all():
            return 0
        count = 0
        for k, slice_yx in enumerate(found.mask_kji, found.start_kji[0]):
            j, i = np.nonzero(slice_yx)
            ijk = np.stack([i + found.start_kji[2], j + found.start_kji[1], np.full(i.shape, k)], axis=-1)
            count += int(np.count_nonzero(~self._are_inside(ijk)))
        return count

    def _are_inside(self, ijk: np.ndarray) -> np.ndarray:
        """(n,) bool: whether voxel centres of the file lie in voxels of the volume."""
        places = ijk @ self._to_volume[:3, :3].T + self._to_volume[:3, 3]
        return np.all((places > -0.5 - 1e-3) & (places < np.array(self._shape[::-1]) - 0.5 + 1e-3), axis=-1)


def _corners(patch: VoxelPatch) -> np.ndarray:
    """(8, 3) indices (i, j, k) of a block's corner voxels."""
    low, high = np.array(patch.start_kji), np.add(patch.start_kji, patch.mask_kji.shape) - 1
    picks = np.indices((2, 2, 2)).reshape(3, -1).T.astype(bool)
    return np.where(picks, low, high)[:, ::-1]
