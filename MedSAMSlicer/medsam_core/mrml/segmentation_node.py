"""Segmentation nodes: found or made for a volume, filled with results, read as label maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.node_names import clean_name
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from medsam_core.mrml.volume_node import geometry_of
from medsam_core.prompts import LARGEST_LABEL
from medsam_core.segment_colours import RGB
from medsam_core.segmentation_result import SegmentationResult
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.voxel_patch import VoxelPatch

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSegmentationNode, vtkSegmentation

Tags = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class NodeLabels:
    """All segments of a node as one label map; see `segmentation_writer.Segmentation`.

    Attributes:
        labels_kji: (k, j, i) uint8 or uint16 on the volume's voxels, 0 is background. Where segments
            overlap, the later one is seen.
        geometry: the volume's, in world RAS.
        segment_names, segment_colours: label to name, and to (red, green, blue) in 0..1.
        segment_ids: label to the segment's id in the node.
    """

    labels_kji: np.ndarray = field(repr=False)
    geometry: Geometry
    segment_names: dict[int, str]
    segment_colours: dict[int, RGB]
    segment_ids: dict[int, str]


def find_segmentation_node(
    scene: vtkMRMLScene, volume: vtkMRMLScalarVolumeNode
) -> vtkMRMLSegmentationNode | None:
    """The first segmentation made for a volume: whose reference image geometry is that volume's."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")
    for n in range(count):
        node = scene.GetNthNodeByClass(n, "vtkMRMLSegmentationNode")
        if node.GetNodeReferenceID(node.GetReferenceImageGeometryReferenceRole()) == volume.GetID():
            return node
    return None


def make_segmentation_node(
    scene: vtkMRMLScene, volume: vtkMRMLScalarVolumeNode, name: str | None = None
) -> vtkMRMLSegmentationNode:
    """A new segmentation of a volume: on its voxels, under its parent transform, so that both move together.

    Args:
        scene: gets the node.
        volume: the source volume.
        name: of the node; the volume's and "segmentation" by default.

    Raises:
        VolumeError: the volume has no voxels, or lies under a transform that is not linear.
    """
    geometry_of(volume)
    register_segmentation_classes(scene)
    shown = f"{clean_name(volume, 'volume')} segmentation" if name is None else name
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(shown))
    node.CreateDefaultDisplayNodes()
    node.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    return node


def put_result(
    writer: EditorWriter,
    result: SegmentationResult,
    tags: Callable[[int], Tags] = lambda label: {},
) -> dict[int, str]:
    """Put each segment of a result into the writer's segmentation, as new segments and one step of undo.

    Args:
        writer: of the segmentation; its masking, overwriting and protection hold.
        result: on the voxels of the writer's source volume.
        tags: gives the texts to keep with the segment of a label.

    Returns:
        Label -> id of the new segment.

    Raises:
        OutputError: see `EditorWriter.write`; nothing has changed then.
    """
    with writer.one_step():
        ids = {
            record.label: writer.add_segment(record.name, result.segment_colours[record.label])
            for record in result.segments
        }
        writer.write(
            [
                SegmentEdit(segment_id, VoxelPatch.of(result.labels_kji == label), "add", tags(label))
                for label, segment_id in ids.items()
            ]
        )
    return ids


def labels_of(node: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode) -> NodeLabels:
    """All segments of a node on a volume's voxels.

    Their numbers are Slicer's label values, which a file keeps, where these tell all segments apart; else
    they count from 1 in the node's order.

    Raises:
        OutputError: the segments are surfaces, or lie under a transform that is not linear.
        VolumeError: the volume has no voxels, or lies under a transform that is not linear.
    """
    reader = SegmentReader(node, volume)
    segmentation = node.GetSegmentation()
    ids = _numbered(segmentation)
    geometry = geometry_of(volume)
    labels = np.zeros(geometry.shape_kji, np.uint8 if max(ids, default=0) < 256 else np.uint16)
    for label, segment_id in ids.items():
        patch = reader.read(segment_id)
        labels[patch.slices][patch.mask_kji] = label
    segments = {label: segmentation.GetSegment(segment_id) for label, segment_id in ids.items()}
    return NodeLabels(
        labels,
        geometry,
        {label: segment.GetName() for label, segment in segments.items()},
        {label: tuple(segment.GetColor()) for label, segment in segments.items()},
        ids,
    )


def _numbered(segmentation: vtkSegmentation) -> dict[int, str]:
    """Label -> segment id, in the segmentation's order."""
    ids = segmentation.GetSegmentIDs()
    own = {segmentation.GetSegment(one).GetLabelValue(): one for one in ids}
    is_told = len(own) == len(ids) and all(1 <= label <= LARGEST_LABEL for label in own)
    return own if is_told else dict(enumerate(ids, 1))
