"""Slicer's segment editing without its application: one editor, one history of undo."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from medsam_core.mrml.segmentation_classes import register_segmentation_classes

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


class EditorHistory:
    """One `vtkSlicerSegmentEditorLogic`. A second one on the same segmentation knows nothing of its steps.

    Args:
        scene: holds the nodes.
        node: the segmentation. Its reference geometry becomes the volume's if it has none.
        volume: the source volume.
        editor: settings (editable area, intensity range, overwrite mode); by default new ones, which are not
            saved with the scene.
        undo_steps: how many can be taken back.
        verbose: let Slicer say on stderr why it did nothing.

    Attributes:
        is_between_steps: whether the last thing done was to undo or redo. Any change that is no step of its
            own would then drop what can be redone, and make the next undo do nothing.
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
        self.node = node
        self.editor = editor or _new_editor(scene)
        self._own_editor = self.editor if editor is None else None
        self._scene = scene
        self._logic = vtkSlicerSegmentEditorLogic()
        self._logic.SetVerbose(verbose)
        self._logic.SetMRMLScene(scene)
        self._logic.SetSegmentEditorNode(self.editor)
        self._logic.SetSegmentationNode(node)
        self._logic.SetSourceVolumeNode(volume)
        self._logic.SetMaximumNumberOfUndoStates(undo_steps + 1)
        self._depth = 0
        self.is_between_steps = False

    def close(self) -> None:
        """Take the settings out of the scene, if they were made here. The history is over then."""
        if self._own_editor is not None:
            self._scene.RemoveNode(self._own_editor)

    @contextlib.contextmanager
    def one_step(self) -> Iterator[None]:
        """All that happens within is one step of undo, also if nothing does; steps within belong to it.

        An error takes back what was done.
        """
        if self._depth == 0:
            self._logic.SaveStateForUndo()
            self.is_between_steps = False
        self._depth += 1
        try:
            yield
        except BaseException:
            if self._depth == 1 and self._is_marked():
                self._logic.Undo()
                self.is_between_steps = True
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            self._is_marked()

    def _is_marked(self) -> bool:
        """Tell the history that there was a change: it forgets a state after which there was none.

        Then undo would take back the step before. False if there is no segment, so nothing can have changed.
        """
        segmentation = self.node.GetSegmentation()
        if not segmentation.GetNumberOfSegments():
            return False
        segmentation.GetNthSegment(0).Modified()
        return True

    def add(self, segment_id: str, image: vtkOrientedImageData, *, overwrite: bool = True) -> None:
        """Add an image's voxels to a segment; masking is the caller's.

        Args:
            segment_id: of the segment.
            image: 1 where it is to be.
            overwrite: whether other segments give way, as far as the overwrite mode says.
        """
        self._modify(segment_id, image, self._logic.ModificationModeAdd, overwrite)

    def remove(self, segment_id: str, image: vtkOrientedImageData) -> None:
        """Remove an image's voxels from a segment."""
        self._modify(segment_id, image, self._logic.ModificationModeRemove, True)

    def _modify(self, segment_id: str, image: vtkOrientedImageData, mode: int, overwrite: bool) -> None:
        with self._without_masking(overwrite):
            self._logic.ModifySegmentByLabelmap(
                self.node, segment_id, image, mode, image.GetExtent(), True, False
            )

    @contextlib.contextmanager
    def _without_masking(self, overwrite: bool) -> Iterator[None]:
        """Slicer's own masking off, unseen by observers: it works on the whole volume, and it was done."""
        editor = self.editor
        quiet = editor.GetDisableModifiedEvent()
        before = editor.GetMaskMode(), editor.GetSourceVolumeIntensityMask(), editor.GetOverwriteMode()
        editor.SetDisableModifiedEvent(True)
        self._set(self.node.EditAllowedEverywhere, False, before[2] if overwrite else editor.OverwriteNone)
        try:
            yield
        finally:
            self._set(*before)
            editor.SetDisableModifiedEvent(quiet)

    def _set(self, area: int, by_intensity: bool, overwrite_mode: int) -> None:
        self.editor.SetMaskMode(area)
        self.editor.SetSourceVolumeIntensityMask(by_intensity)
        self.editor.SetOverwriteMode(overwrite_mode)

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

    def undo(self) -> bool:
        """Take the last step back; False if there is none."""
        possible = self.can_undo
        if possible:
            self._logic.Undo()
            self.is_between_steps = True
        return possible

    def redo(self) -> bool:
        """Take the step that was undone again; False if there is none."""
        possible = self.can_redo
        if possible:
            self._logic.Redo()
            self.is_between_steps = True
        return possible


def _new_editor(scene: vtkMRMLScene) -> vtkMRMLSegmentEditorNode:
    """Settings of editing that are not saved: a scene would gather one with each program that used it."""
    editor = scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
    editor.SetSaveWithScene(False)
    return editor
