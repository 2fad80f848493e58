"""A volume in the scene, with the segmentation that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from slicer import vtkMRMLScene
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segmentation_node import make_segmentation_node
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkMRMLVolumeNode


@dataclass(frozen=True, eq=False)
class OpenVolume:
    """What the user works on.

    Attributes:
        volume: as it was read; the node shows the same voxels.
        node: in the scene.
        segmentation: its segments.
        writer: the one door to them, with the one history.
    """

    scene: vtkMRMLScene
    volume: Volume
    node: vtkMRMLVolumeNode
    segmentation: vtkMRMLSegmentationNode
    writer: EditorWriter

    @classmethod
    def open(cls, scene: vtkMRMLScene, volume: Volume) -> OpenVolume:
        """Put a volume into the scene, with an empty segmentation."""
        node = _node(scene, volume)
        segmentation = make_segmentation_node(scene, node)
        segmentation.GetDisplayNode().SetOpacity2DFill(0.45)
        return cls(scene, volume, node, segmentation, EditorWriter(scene, segmentation, node))

    @property
    def ml_per_voxel(self) -> float:
        """Millilitres in a voxel."""
        return abs(float(np.linalg.det(self.volume.geometry.ijk_to_ras[:3, :3]))) / 1000

    def close(self) -> None:
        """Take all of it out of the scene."""
        for node in (self.writer.editor_node, self.segmentation, self.node):
            displays = [node.GetNthDisplayNode(n) for n in range(_displays(node))]
            self.scene.RemoveNode(node)
            for display in displays:
                self.scene.RemoveNode(display)


def _displays(node: object) -> int:
    return node.GetNumberOfDisplayNodes() if hasattr(node, "GetNumberOfDisplayNodes") else 0


def _node(scene: vtkMRMLScene, volume: Volume) -> vtkMRMLVolumeNode:
    array = volume.array_kji
    is_colour = array.ndim == 4
    kind = "vtkMRMLVectorVolumeNode" if is_colour else "vtkMRMLScalarVolumeNode"
    node = scene.AddNewNodeByClass(kind, scene.GenerateUniqueName(volume.name or "volume"))
    values = array.view(np.uint8) if array.dtype == bool else array
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    image = vtkImageData()
    image.SetDimensions(*volume.geometry.size_ijk)
    scalars = numpy_to_vtk(values.reshape(-1, 3 if is_colour else 1), deep=True)
    image.GetPointData().SetScalars(scalars)
    node.SetAndObserveImageData(image)
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(volume.geometry.ijk_to_ras.ravel().tolist())
    node.SetIJKToRASMatrix(matrix)
    node.CreateDefaultDisplayNodes()
    if not is_colour:
        node.GetDisplayNode().SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    return node
