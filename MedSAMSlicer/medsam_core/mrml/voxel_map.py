"""Between a volume's voxels and those of a labelmap that may lie otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.mrml.labelmap_grid import KJI, extent_of
from medsam_core.voxel_patch import VoxelPatch

# Voxel centres that differ by less than this part of a voxel are the same: parent transforms that cancel
# each other leave about 1e-12, headers written in text about 1e-5.
_SAME_VOXELS = 1e-3

# More in one block can only come from a mistaken (or hostile) grid.
_MOST_VOXELS = 1 << 30

BlockReader = Callable[[KJI, KJI], np.ndarray]


@dataclass(frozen=True, eq=False)
class VoxelMap:
    """A mapping of voxel indices, by nearest neighbours.

    Attributes:
        to_grid: (4, 4) from the volume's (i, j, k, 1) to the grid's.

    Its methods raise VolumeError where a block would need more voxels than any computer has.
    """

    to_grid: np.ndarray = field(repr=False)

    @classmethod
    def between(
        cls, volume_to_world: np.ndarray, grid_to_world: np.ndarray, size_ijk: tuple[int, int, int]
    ) -> VoxelMap:
        """The map between two grids that have their (4, 4) matrices to world RAS.

        Where all voxel centres of the volume (of `size_ijk`) are voxel centres of the grid but for rounding,
        the map holds whole numbers: a copy is exact then.
        """
        matrix = np.linalg.inv(grid_to_world) @ volume_to_world
        whole = np.round(matrix)
        difference = np.abs((matrix - whole) @ _corners((0, 0, 0), size_ijk[::-1]).T)
        is_whole = difference.max() <= _SAME_VOXELS and abs(np.linalg.det(whole[:3, :3])) > 0.5
        return cls(whole if is_whole else matrix)

    @property
    def offset_kji(self) -> KJI | None:
        """Where the volume's first voxel lies in the grid, if one's voxels are the other's; else None."""
        if not np.array_equal(self.to_grid[:3, :3], np.eye(3)) or np.any(self.to_grid[:3, 3] % 1):
            return None
        far = self.to_grid[:3, 3].clip(-_MOST_VOXELS, _MOST_VOXELS)  # what is further away is away, as far
        i, j, k = far.astype(int).tolist()
        return k, j, i

    def to_grid_blocks(self, patch: VoxelPatch) -> tuple[KJI, np.ndarray, np.ndarray]:
        """A patch on the grid's voxels.

        Returns:
            The block's first voxel (k, j, i); (k, j, i) bool: which voxels lie in the patch's block, and
            which of them are in its mask.
        """
        offset = self.offset_kji
        if offset is not None:
            return _moved(patch.start_kji, offset), np.ones_like(patch.mask_kji), patch.mask_kji
        start, shape = _bounds(self.to_grid, patch.start_kji, patch.mask_kji.shape)
        codes = patch.mask_kji.astype(np.uint8) + np.uint8(1)
        found = _nearest(codes, patch.start_kji, np.linalg.inv(self.to_grid), start, shape)
        return start, found > 0, found == 2

    def to_volume_block(self, read: BlockReader, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
        """(k, j, i) bool: a block of the volume's voxels.

        Args:
            read: gives the grid's (k, j, i) bool block of a start and a shape.
            start_kji, shape_kji: the block's, on the volume.
        """
        offset = self.offset_kji
        if offset is not None:
            return read(_moved(start_kji, offset), shape_kji)
        start, shape = _bounds(self.to_grid, start_kji, shape_kji)
        values = read(start, shape).astype(np.uint8)
        return _nearest(values, start, self.to_grid, start_kji, shape_kji) > 0

    def volume_bounds(self, start_kji: KJI, shape_kji: KJI) -> tuple[KJI, KJI]:
        """Start and shape of a block of the volume that holds a block of the grid."""
        return _bounds(np.linalg.inv(self.to_grid), start_kji, shape_kji)


def _moved(start_kji: KJI, offset_kji: KJI) -> KJI:
    k, j, i = (a + b for a, b in zip(start_kji, offset_kji, strict=True))
    return k, j, i


def _corners(start_kji: KJI, shape_kji: KJI) -> np.ndarray:
    """(8, 4) outer corners (i, j, k, 1) of a block."""
    low = np.array(start_kji[::-1]) - 0.5
    ends = zip(low, low + shape_kji[::-1], strict=True)
    return np.array([[*corner, 1.0] for corner in itertools.product(*ends)])


def _bounds(matrix: np.ndarray, start_kji: KJI, shape_kji: KJI) -> tuple[KJI, KJI]:
    """Start and shape of the block that holds all that a matrix maps a block to."""
    reached = (_corners(start_kji, shape_kji) @ matrix.T)[:, 2::-1]
    low = np.floor(reached.min(axis=0) + 0.5)
    high = np.maximum(low, np.ceil(reached.max(axis=0) - 0.5))
    if not np.prod(high - low + 1) <= _MOST_VOXELS or np.abs((low, high)).max() > _MOST_VOXELS:
        remedy = "give both a similar spacing (Segmentations or Resample module)"
        raise VolumeError("segmentation", "its voxels are far smaller or larger than the volume's", remedy)
    size = (high - low + 1).astype(int)
    return tuple(low.astype(int).tolist()), tuple(size.tolist())  # type: ignore[return-value]


def _nearest(
    values_kji: np.ndarray, first_kji: KJI, to_values: np.ndarray, start_kji: KJI, shape_kji: KJI
) -> np.ndarray:
    """The value nearest to each voxel of a block, 0 where there is none.

    Args:
        values_kji: uint8, the first of index `first_kji`.
        to_values: (4, 4) from the block's (i, j, k, 1) to those of the values.
        start_kji, shape_kji: of the block.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkCommonTransforms import vtkTransform
    from vtkmodules.vtkImagingCore import vtkImageReslice

    image = vtkImageData()
    image.SetExtent(extent_of(first_kji, values_kji.shape))  # type: ignore[arg-type]
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(values_kji).ravel(), deep=True))
    transform = vtkTransform()
    transform.SetMatrix(to_values.ravel().tolist())
    reslice = vtkImageReslice()
    reslice.SetInputData(image)
    reslice.SetResliceTransform(transform)
    reslice.SetInterpolationModeToNearestNeighbor()
    reslice.SetOutputOrigin(0, 0, 0)
    reslice.SetOutputSpacing(1, 1, 1)
    reslice.SetOutputExtent(extent_of(start_kji, shape_kji))
    reslice.SetBackgroundLevel(0)
    reslice.Update()
    return vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars()).reshape(shape_kji)
