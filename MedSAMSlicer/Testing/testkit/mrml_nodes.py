"""Nodes of a real MRML scene, made in one call. Needs slicer-core (or Slicer itself)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.geometry import Geometry

WITHOUT_SLICER = "Slicer's core is not installed: pip install -c constraints.txt -e '.[mrml]'"


def a_new_scene() -> Any:
    """An empty scene; skips the test where Slicer's core is not installed."""
    slicer = pytest.importorskip("slicer", reason=WITHOUT_SLICER)
    if not hasattr(slicer, "vtkMRMLScene"):  # another package has the same name on PyPI
        pytest.skip(WITHOUT_SLICER)
    return slicer.vtkMRMLScene()


def vtk_matrix(matrix: np.ndarray) -> Any:
    """A (4, 4) array as VTK's matrix."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    made = vtkMatrix4x4()
    made.DeepCopy(np.asarray(matrix, dtype=float).ravel().tolist())
    return made


def an_image(array: np.ndarray, start_ijk: tuple[int, int, int] = (0, 0, 0)) -> Any:
    """VTK's image of an array (k, j, i) or (k, j, i, components), the first voxel at `start_ijk`."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    values = np.ascontiguousarray(array)
    components = values.shape[3] if values.ndim == 4 else 1
    size = values.shape[2::-1]
    image = vtkImageData()
    image.SetExtent(*(bound for a, n in zip(start_ijk, size, strict=True) for bound in (a, a + n - 1)))
    image.GetPointData().SetScalars(numpy_to_vtk(values.reshape(-1, components), deep=True))
    return image


def add_volume(
    scene: Any,
    array: np.ndarray,
    ijk_to_ras: np.ndarray | None = None,
    name: str = "image",
    class_name: str = "",
) -> Any:
    """A volume node of an array (k, j, i) or, as a vector volume, (k, j, i, components)."""
    kind = class_name or ("vtkMRMLVectorVolumeNode" if array.ndim == 4 else "vtkMRMLScalarVolumeNode")
    node = scene.AddNewNodeByClass(kind, name)
    node.SetAndObserveImageData(an_image(array))
    node.SetIJKToRASMatrix(vtk_matrix(np.eye(4) if ijk_to_ras is None else ijk_to_ras))
    return node


def add_volume_on(scene: Any, geometry: Geometry, name: str = "image") -> Any:
    """A volume node on a geometry, its voxels numbered 0, 1, 2... in the order of memory."""
    array = np.arange(np.prod(geometry.shape_kji), dtype=np.int32).reshape(geometry.shape_kji)
    return add_volume(scene, array, geometry.ijk_to_ras, name)


def add_transform(scene: Any, matrix: np.ndarray, name: str = "transform", parent: Any = None) -> Any:
    """A linear transform node: from what lies under it to its parent."""
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
    node.SetMatrixTransformToParent(vtk_matrix(matrix))
    if parent is not None:
        node.SetAndObserveTransformNodeID(parent.GetID())
    return node


def add_bending_transform(scene: Any, name: str = "bending") -> Any:
    """A transform node that is not linear (a thin-plate spline with one point pulled aside)."""
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform

    source, target = vtkPoints(), vtkPoints()
    for corner in ((0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10), (10, 10, 10)):
        source.InsertNextPoint(corner)
        target.InsertNextPoint(corner if any(corner) else (2.0, 1.0, 0.0))
    spline = vtkThinPlateSplineTransform()
    spline.SetBasisToR()
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", name)
    node.SetAndObserveTransformToParent(spline)
    return node


def put_under(node: Any, transform: Any) -> Any:
    """Give a node a parent transform (None: none); returns the node."""
    node.SetAndObserveTransformNodeID(transform.GetID() if transform is not None else None)
    return node


def a_sheared_matrix() -> np.ndarray:
    """Turned, stretched, sheared, flipped and moved: the worst a linear transform does."""
    matrix = np.eye(4)
    matrix[:3, :3] = [[0.9, -0.5, 0.2], [0.4, 1.1, -0.3], [-0.1, 0.25, -0.8]]
    matrix[:3, 3] = 31.0, -17.5, 8.25
    return matrix


def add_roi(
    scene: Any, centre_ras_mm: Any, size_mm: Any, turned: np.ndarray | None = None, name: str = "R"
) -> Any:
    """A markups ROI, turned about its centre by a (3, 3) rotation."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", name)
    node.SetSize(*map(float, size_mm))
    place = np.eye(4)
    place[:3, :3] = np.eye(3) if turned is None else turned
    place[:3, 3] = centre_ras_mm
    node.SetAndObserveObjectToNodeMatrix(vtk_matrix(place))
    return node


def add_points(scene: Any, places_ras_mm: Any, name: str = "F") -> Any:
    """A markups point list; places are in the node's own frame."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    for place in places_ras_mm:
        node.AddControlPoint(*map(float, place))
    return node


def add_line(scene: Any, start_ras_mm: Any, end_ras_mm: Any, name: str = "L") -> Any:
    """A markups line between two places in the node's own frame."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", name)
    node.AddControlPoint(*map(float, start_ras_mm))
    node.AddControlPoint(*map(float, end_ras_mm))
    return node


def a_rotation(degrees: float, axis: Any = (0, 0, 1)) -> np.ndarray:
    """The (3, 3) rotation about an axis."""
    unit = np.asarray(axis, float) / np.linalg.norm(axis)
    across = np.array([[0, -unit[2], unit[1]], [unit[2], 0, -unit[0]], [-unit[1], unit[0], 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across


def add_slice_view(
    scene: Any,
    slice_to_ras: np.ndarray,
    pixels_xy: tuple[int, int] = (64, 48),
    size_mm: tuple[float, float] = (80.0, 60.0),
    pan_mm: tuple[float, float] = (0.0, 0.0),
    name: str = "Red",
) -> Any:
    """A slice node: (4, 4) directions right, up and towards the reader, and the middle of the view."""
    node = scene.AddNewNodeByClass("vtkMRMLSliceNode", name)
    node.SetDimensions(*pixels_xy, 1)
    node.SetFieldOfView(*size_mm, 1.0)
    node.SetXYZOrigin(*pan_mm, 0.0)
    node.GetSliceToRAS().DeepCopy(vtk_matrix(slice_to_ras))
    node.UpdateMatrices()
    return node
