"""Slicer's segment editing without its application: one editor, one history of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from medsam_core.mrml.step_history import StepHistory

if TYPE_CHECKING:
    from slicer import (
        vtkMRMLScalarVolumeNode,
        vtkMRMLScene,
        vtkMRMLSegmentationNode,
        vtkMRMLSegmentEditorNode,
        vtkOrientedImageData,
    )

# Slicer keeps 5 states by default, which give 4 steps: redo takes one. A state holds a copy of the labelmaps
# that changed.
UNDO_STEPS = 20


class EditorHistory(StepHistory):
    """One `vtkSlicerSegmentEditorLogic`.

    Args:
        scene: holds the nodes.
        node: the segmentation. Its reference geometry becomes the volume's if it has none.
        volume: the source volume.
        editor: settings (editable area, intensity range, overwrite mode); by default new ones, which are not
            saved with the scene.
        undo_steps: how many can be taken back.
        verbose: let Slicer say on stderr why it did nothing.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        node: vtkMRMLSegmentationNode,
        volume: vtkMRMLScalarVolumeNode,
        editor: vtkMRMLSegmentEditorNode | None = None,
        *,
        undo_steps: int = UNDO_STEPS,
        verbose: bool = False,
    ) -> None:
        from slicer import vtkSlicerSegmentEditorLogic

        register_segmentation_classes(scene)
        if node.GetDisplayNode() is None:
            node.CreateDefaultDisplayNodes()
        super().__init__(node, editor or _new_editor(scene))
        self._own_editor = self.editor if editor is None else None
        self._scene = scene
        self._logic = vtkSlicerSegmentEditorLogic()
        self._logic.SetVerbose(verbose)
        self._logic.SetMRMLScene(scene)
        self._logic.SetSegmentEditorNode(self.editor)
        self._logic.SetSegmentationNode(node)
        self._logic.SetSourceVolumeNode(volume)
        self._logic.SetMaximumNumberOfUndoStates(undo_steps + 1)

    def close(self) -> None:
        """Take the settings out of the scene, if they were made here. The history is over then."""
        if self._own_editor is not None:
            self._scene.RemoveNode(self._own_editor)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._logic.CanUndo()) and self._is_in_scene

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step."""
        return bool(self._logic.CanRedo()) and self._is_in_scene

    @property
    def _is_in_scene(self) -> bool:
        """Whether the nodes are still there: without them Slicer undoes nothing and says nothing."""
        return self._logic.GetSegmentationNode() is not None

    def _save_state(self) -> None:
        self._logic.SaveStateForUndo()

    def _take_back(self) -> None:
        self._logic.Undo()

    def _do_again(self) -> None:
        self._logic.Redo()

    def _modify(self, segment_id: str, image: vtkOrientedImageData, *, is_add: bool) -> None:
        logic = self._logic
        mode = logic.ModificationModeAdd if is_add else logic.ModificationModeRemove
        logic.ModifySegmentByLabelmap(self.node, segment_id, image, mode, image.GetExtent(), True, False)


def _new_editor(scene: vtkMRMLScene) -> vtkMRMLSegmentEditorNode:
    """Settings of editing that are not saved: a scene would gather one with each program that used it."""
    editor = scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
    editor.SetSaveWithScene(False)
    return editor
