"""Where results go: a segmentation that is there, or a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.errors import MedSAMError
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.journal_tag import journal_tags
from medsam_core.mrml.segment_reader import checked_for_voxels
from medsam_core.mrml.segmentation_node import make_segmentation_node, put_result
from medsam_core.mrml.writers import Writers
from medsam_core.prompt_journal import PromptJournal
from medsam_core.segmentation_result import SegmentationResult

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSegmentationNode


class ResultTarget:
    """A segmentation node to be written to, refused at once if it cannot be.

    Args:
        scene: gets a new node, if there is none.
        writers: of the scene.
        node: the segmentation; a new one by default, made when there is a result.
        writer: of the segmentation, if it is being edited already.
        protect: whether the new segments may take no voxel of another.

    Raises:
        OutputError: the segmentation holds surfaces.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        writers: Writers,
        node: vtkMRMLSegmentationNode | None = None,
        writer: EditorWriter | None = None,
        *,
        protect: bool = False,
    ) -> None:
        if writer is not None:
            writers.adopt(writer)
            node = writer.node
        if node is not None:
            checked_for_voxels(node)
        self._scene, self._writers, self._node, self._protect = scene, writers, node, protect

    def put(
        self, volume: vtkMRMLScalarVolumeNode, result: SegmentationResult, journal: PromptJournal
    ) -> vtkMRMLSegmentationNode:
        """Write a result as new segments, each with its entries of the journal; one step of undo.

        Raises:
            OutputError: see `put_result`; the scene is as before then.
            PromptError: the journal is too large to be kept.
        """
        tags = {
            label: journal_tags(PromptJournal(tuple(e for e in journal.entries if e.prompt.label == label)))
            for label in {entry.prompt.label for entry in journal.entries}
        }
        node = self._node or make_segmentation_node(self._scene, volume)
        try:
            writer = self._writers.of(node, volume)
            with writer.protecting_others(self._protect):
                put_result(writer, result, lambda label: tags.get(label, {}))
        except MedSAMError:
            if self._node is None:
                self._scene.RemoveNode(node)
            raise
        return node
