"""Writing into segmentations of the running application, in the history of undo that its user sees."""

from __future__ import annotations

import slicer

from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from medsam_core.mrml.writers import Writers
from MedSAMSlicerLib.effect_history import EffectHistory
from MedSAMSlicerLib.segment_editor import SegmentEditor


class SlicerWriters(Writers):
    """Through the Segment Editor that shows a segmentation, else through a history of its own."""

    def __init__(self) -> None:
        has_logic = hasattr(slicer, "vtkSlicerSegmentEditorLogic")  # Slicer 5.10 and newer
        super().__init__(slicer.mrmlScene, None if has_logic else _hidden_writer)

    def of(
        self, node: slicer.vtkMRMLSegmentationNode, volume: slicer.vtkMRMLScalarVolumeNode | None = None
    ) -> EditorWriter:
        """See `Writers.of`. An editor that is shown may turn to another segmentation: ask each time."""
        editor = _shown_editor(node)
        if editor is None:
            return super().of(node, volume)
        return _writer_through(editor, node, volume or editor.sourceVolumeNode())


def _shown_editor(node: slicer.vtkMRMLSegmentationNode) -> slicer.qMRMLSegmentEditorWidget | None:
    """The Segment Editor module's, if it was opened and has this segmentation."""
    module = getattr(slicer.modules, "SegmentEditorWidget", None)
    editor = getattr(module, "editor", None)
    return editor if editor is not None and editor.segmentationNode() is node else None


def _writer_through(
    editor: slicer.qMRMLSegmentEditorWidget,
    node: slicer.vtkMRMLSegmentationNode,
    volume: slicer.vtkMRMLScalarVolumeNode,
) -> EditorWriter:
    history = EffectHistory(editor.effectByName("Paint"), SegmentEditor(editor))  # any: none is made active
    return EditorWriter(slicer.mrmlScene, node, volume, history=history)


def _hidden_writer(
    node: slicer.vtkMRMLSegmentationNode, volume: slicer.vtkMRMLScalarVolumeNode
) -> EditorWriter:
    register_segmentation_classes(slicer.mrmlScene)
    settings = slicer.vtkMRMLSegmentEditorNode()
    settings.SetHideFromEditors(True)
    settings.SetSaveWithScene(False)
    editor = slicer.qMRMLSegmentEditorWidget()
    editor.setMRMLScene(slicer.mrmlScene)
    editor.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNode(settings))
    editor.setSegmentationNode(node)
    editor.setSourceVolumeNode(volume)
    return _writer_through(editor, node, volume)
