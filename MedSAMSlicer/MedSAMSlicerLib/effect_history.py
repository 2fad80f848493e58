"""The Segment Editor's own history of undo, written to through an effect of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from medsam_core.mrml.step_history import StepHistory

if TYPE_CHECKING:
    from slicer import vtkOrientedImageData


class EditorUndo(Protocol):
    """What is needed of a Segment Editor's widget; `segment_editor.SegmentEditor`."""

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step."""

    def undo(self) -> None:
        """Take the last step back."""

    def redo(self) -> None:
        """Take the step that was undone again."""


class EffectHistory(StepHistory):
    """Steps that the Segment Editor's own buttons take back too, among those of its other effects.

    Args:
        effect: Slicer's object of the effect (`qSlicerSegmentEditorScriptedEffect`) in that editor.
        undo: of the same editor.
    """

    def __init__(self, effect: Any, undo: EditorUndo) -> None:
        editor = effect.parameterSetNode()
        super().__init__(editor.GetSegmentationNode(), editor)
        self._effect, self._undo = effect, undo

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._is_edited and self._undo.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step."""
        return self._is_edited and self._undo.can_redo

    @property
    def _is_edited(self) -> bool:
        """Whether the editor still has this segmentation: else the steps are another one's."""
        return self.editor.GetSegmentationNode() is self.node and self.node.GetScene() is not None

    def _save_state(self) -> None:
        self._effect.saveStateForUndo()

    def _take_back(self) -> None:
        self._undo.undo()

    def _do_again(self) -> None:
        self._undo.redo()

    def _modify(self, segment_id: str, image: vtkOrientedImageData, *, is_add: bool) -> None:
        effect = self._effect
        mode = effect.ModificationModeAdd if is_add else effect.ModificationModeRemove
        with self._selected(segment_id):
            # Of the two ways that an effect has, Python reaches the extent only in this one.
            effect.modifySelectedSegmentByLabelmap(image, mode, list(image.GetExtent()), False)

    @contextlib.contextmanager
    def _selected(self, segment_id: str) -> Iterator[None]:
        """Another segment selected, unseen by observers."""
        before, quiet = self.editor.GetSelectedSegmentID(), self.editor.GetDisableModifiedEvent()
        if before == segment_id:
            yield
            return
        self.editor.SetDisableModifiedEvent(True)
        self.editor.SetSelectedSegmentID(segment_id)
        try:
            yield
        finally:
            self.editor.SetSelectedSegmentID(before)
            self.editor.SetDisableModifiedEvent(quiet)
