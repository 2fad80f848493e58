"""The grid that labelmaps of a segmentation lie on, and blocks of voxels as Slicer's images on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medsam_core.mrml.matrices import filled_by

if TYPE_CHECKING:
    from slicer import vtkOrientedImageData

KJI = tuple[int, int, int]


class LabelmapGrid:
    """Directions, spacing and origin of a labelmap; voxels are counted from the origin, below it too.

    Args:
        image: any image on the grid; what it holds and how far it reaches do not matter.
    """

    def __init__(self, image: vtkOrientedImageData) -> None:
        from slicer import vtkOrientedImageData

        self._empty = vtkOrientedImageData()
        self._empty.SetSpacing(image.GetSpacing())
        self._empty.SetOrigin(image.GetOrigin())
        self._empty.CopyDirections(image)
        self.ijk_to_parent = filled_by(image.GetImageToWorldMatrix)

    def matches(self, image: vtkOrientedImageData) -> bool:
        """Whether Slicer takes an image's grid for this one: then it copies voxels and does not resample."""
        from slicer import vtkOrientedImageDataResample

        return bool(vtkOrientedImageDataResample.DoGeometriesMatch(self._empty, image))

    def image(self, start_kji: KJI, values_kji: np.ndarray) -> vtkOrientedImageData:
        """A block of values on the grid as an image with a copy of them, no larger than the block."""
        from vtkmodules.util.numpy_support import numpy_to_vtk

        image = self.frame(start_kji, values_kji.shape)  # type: ignore[arg-type]
        flat = np.ascontiguousarray(values_kji).ravel()
        scalars = numpy_to_vtk(flat.view(np.uint8) if flat.dtype == bool else flat, deep=True)
        scalars.SetName("ImageScalars")
        image.GetPointData().SetScalars(scalars)
        return image

    def frame(self, start_kji: KJI, shape_kji: KJI) -> vtkOrientedImageData:
        """An image of a block that has a place and no values."""
        from slicer import vtkOrientedImageData

        image = vtkOrientedImageData()
        self.lay_under(image)
        image.SetExtent(*extent_of(start_kji, shape_kji))
        return image

    def lay_under(self, image: vtkOrientedImageData) -> None:
        """Give an image this grid; what it holds stays as it is."""
        image.SetSpacing(self._empty.GetSpacing())
        image.SetOrigin(self._empty.GetOrigin())
        image.CopyDirections(self._empty)


def extent_of(start_kji: KJI, shape_kji: KJI) -> tuple[int, ...]:
    """VTK's extent of a block: first and last index along i, j, k."""
    bounds = zip(reversed(start_kji), reversed(shape_kji), strict=True)
    return tuple(int(index) for start, size in bounds for index in (start, start + size - 1))


def values_of(image: vtkOrientedImageData) -> tuple[KJI, np.ndarray]:
    """An image's first index along k, j, i and a view of its (k, j, i) values (first component).

    The view is empty (0, 0, 0) where the image is. It must not outlive the next change of the image.
    """
    from vtkmodules.util.numpy_support import vtk_to_numpy

    low = image.GetExtent()[::2]
    scalars = image.GetPointData().GetScalars()
    if scalars is None or scalars.GetNumberOfTuples() == 0 or min(image.GetDimensions()) < 1:
        return (0, 0, 0), np.zeros((0, 0, 0), np.uint8)
    i, j, k = image.GetDimensions()
    values = vtk_to_numpy(scalars).reshape(k, j, i, image.GetNumberOfScalarComponents())[..., 0]
    return (low[2], low[1], low[0]), values


def block_of(values_kji: np.ndarray, first_kji: KJI, start_kji: KJI, shape_kji: KJI) -> np.ndarray:
    """A block of an array whose first element has the index `first_kji`; zero outside of the array."""
    block = np.zeros(shape_kji, values_kji.dtype)
    low = np.maximum(start_kji, first_kji)
    high = np.minimum(np.add(start_kji, shape_kji), np.add(first_kji, values_kji.shape))
    if np.all(low < high):
        into = tuple(slice(a, b) for a, b in zip(low - start_kji, high - start_kji, strict=True))
        of = tuple(slice(a, b) for a, b in zip(low - first_kji, high - first_kji, strict=True))
        block[into] = values_kji[of]
    return block
