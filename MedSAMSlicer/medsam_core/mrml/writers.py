"""One writer for each segmentation, so that each has one history of undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from medsam_core.errors import OutputError
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.node_names import subject_of

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSegmentationNode

    MakeWriter = Callable[[vtkMRMLSegmentationNode, vtkMRMLScalarVolumeNode], EditorWriter]


class Writers:
    """The writers of a scene's segmentations.

    Args:
        scene: holds the nodes.
        make: makes the writer of a segmentation and its source volume, where an application has a history
            of its own; see `EditorWriter`.
    """

    def __init__(self, scene: vtkMRMLScene, make: MakeWriter | None = None) -> None:
        self._scene = scene
        self._make = make or (lambda node, volume: EditorWriter(scene, node, volume))
        self._held: dict[str, EditorWriter] = {}

    def of(
        self, node: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode | None = None
    ) -> EditorWriter:
        """The writer of a segmentation; it is made at the first call, and must not be made elsewhere too.

        Args:
            node: the segmentation.
            volume: the source volume from now on; by default the one before, or the one that the
                segmentation was made for.

        Raises:
            VolumeError: see `EditorWriter`.
            OutputError: there is no source volume.
        """
        self._drop_removed()
        writer = self._held.get(node.GetID())
        source = volume or (writer.volume_node if writer is not None else _reference_volume(node))
        if writer is None:
            writer = self._make(node, source)
            self._held[node.GetID()] = writer
        elif writer.volume_node is not source:
            writer.use_volume(source)
        return writer

    def adopt(self, writer: EditorWriter) -> None:
        """Take a writer that exists, with its history, as the one of its segmentation."""
        self._held[writer.node.GetID()] = writer

    def _drop_removed(self) -> None:
        """Forget segmentations that have left the scene: their ids may be given to others."""
        for node_id, writer in list(self._held.items()):
            if self._scene.GetNodeByID(node_id) is not writer.node:
                writer.close()
                del self._held[node_id]


def _reference_volume(node: vtkMRMLSegmentationNode) -> vtkMRMLScalarVolumeNode:
    volume = node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole())
    if volume is None:
        raise OutputError(subject_of(node, "segmentation"), "has no source volume", "give the volume")
    return volume
