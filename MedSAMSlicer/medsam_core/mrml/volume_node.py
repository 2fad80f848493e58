"""A volume node as the engine's volume."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.geometry import Geometry
from medsam_core.mrml.matrices import filled_by
from medsam_core.mrml.node_names import clean_name, subject_of
from medsam_core.mrml.parent_transform import parents_stamp, to_world
from medsam_core.mrml.volume_modality import modality_of
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLVolumeNode
    from vtkmodules.vtkCommonDataModel import vtkImageData

_ALPHA_NOTE = "Transparency (the fourth component) was left out."
_LOAD = "load or make an image first"


def volume_of(node: vtkMRMLVolumeNode) -> Volume:
    """A snapshot of a volume node: what later happens to the node does not change it.

    Args:
        node: scalar, vector or labelmap volume; three components are red, green and blue, a fourth
            (transparency) is left out.

    Returns:
        The volume with a copy of the voxels in their own number type, its geometry in world RAS: through
        all parent transforms.

    Raises:
        VolumeError: the node has no voxels, two or more than four values per voxel, values that are
            directions in space, an image with a place of its own, or lies under a transform that is not
            linear.
    """
    geometry = geometry_of(node)
    voxels, notes = voxels_of(node)
    return Volume(voxels.copy(), geometry, modality_of(node), clean_name(node, "volume"), notes=notes)


def geometry_of(node: vtkMRMLVolumeNode) -> Geometry:
    """Size and place of a volume node's voxels in world RAS, through all parent transforms.

    Raises:
        VolumeError: it has no voxels, its axes lie in one plane, or it lies under a transform that is not
            linear.
    """
    image = _image(node)
    first_voxel = np.eye(4)
    first_voxel[:3, 3] = image.GetExtent()[::2]  # MRML counts voxels from the image's extent
    matrix = to_world(node) @ filled_by(node.GetIJKToRASMatrix) @ first_voxel
    try:
        return Geometry(image.GetDimensions(), matrix)
    except VolumeError as error:
        raise VolumeError(subject_of(node, "volume"), error.problem, error.remedy) from error


def content_stamp(node: vtkMRMLVolumeNode) -> tuple[Hashable, ...]:
    """A value that changes when the node's voxels or their place change: time for a new snapshot.

    Its first two parts are the node and its voxels, the others their place.

    It costs microseconds and raises nothing. Renaming and display settings do not change it. A program that
    writes into the voxels without telling the node (``Modified``) is not seen.
    """
    image = node.GetImageData()
    content = (image.GetAddressAsString(""), image.GetMTime()) if image is not None else None
    return node.GetID(), content, filled_by(node.GetIJKToRASMatrix).tobytes(), parents_stamp(node)


def _image(node: vtkMRMLVolumeNode) -> vtkImageData:
    if node is None:  # what a scene's look-up gives for a node that is not there
        raise VolumeError("volume", "there is none", _LOAD)
    image = node.GetImageData()
    scalars = image.GetPointData().GetScalars() if image is not None else None
    if scalars is None or scalars.GetNumberOfTuples() == 0:
        raise VolumeError(subject_of(node, "volume"), "has no voxels", _LOAD)
    if scalars.GetNumberOfTuples() != image.GetNumberOfPoints():
        raise VolumeError(subject_of(node, "volume"), "its values do not fill its size", "load it again")
    if not _is_plain(image):
        problem = "its image has an origin, spacing or directions besides the node's"
        raise VolumeError(subject_of(node, "volume"), problem, "set them on the node, not on the image")
    return image


def _is_plain(image: vtkImageData) -> bool:
    """Whether the image leaves its place to the node, as MRML asks (it warns, and shows it elsewhere)."""
    unmoved = image.GetOrigin() == (0.0, 0.0, 0.0) and image.GetSpacing() == (1.0, 1.0, 1.0)
    return unmoved and image.GetDirectionMatrix().IsIdentity()


def voxels_of(node: vtkMRMLVolumeNode) -> tuple[np.ndarray, tuple[str, ...]]:
    """The voxels themselves, (k, j, i) or (k, j, i, 3), and what had to be left out.

    The array must not outlive the next change of the node.

    Raises:
        VolumeError: see `volume_of`.
    """
    from vtkmodules.util.numpy_support import vtk_to_numpy

    image = _image(node)
    count = image.GetNumberOfScalarComponents()
    if count not in (1, 3, 4):
        problem = f"has {count} values per voxel"
        raise VolumeError(subject_of(node, "volume"), problem, "give a grey (1) or colour (3 or 4) volume")
    if count == 3 and "spatial" in node.GetVoxelVectorTypeAsString(node.GetVoxelVectorType()).lower():
        problem = "holds directions in space, not colours"
        raise VolumeError(subject_of(node, "volume"), problem, "give a grey or colour volume")
    i, j, k = image.GetDimensions()
    array = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(k, j, i, count)
    if count == 1:
        return array[..., 0], ()
    return array[..., :3], (_ALPHA_NOTE,) if count == 4 else ()
