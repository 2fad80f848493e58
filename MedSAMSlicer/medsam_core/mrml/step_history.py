"""Changes of segments in steps that can be taken back, whatever part of Slicer makes and remembers them."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkMRMLSegmentEditorNode, vtkOrientedImageData


class StepHistory(ABC):
    """The one history of a segmentation. A second one on the same segmentation knows nothing of its steps.

    Args:
        node: the segmentation.
        editor: settings: editable area, intensity range, overwrite mode.

    Attributes:
        is_between_steps: whether the last thing done here was to undo or redo. Any change that is no step of
            its own would then drop what can be redone, and make the next undo do nothing.
    """

    def __init__(self, node: vtkMRMLSegmentationNode, editor: vtkMRMLSegmentEditorNode) -> None:
        self.node, self.editor = node, editor
        self.is_between_steps = False
        self._depth = 0

    @contextlib.contextmanager
    def one_step(self) -> Iterator[None]:
        """All that happens within is one step of undo, also if nothing does; steps within belong to it.

        An error takes back what was done.
        """
        if self._depth == 0:
            self._save_state()
            self.is_between_steps = False
        self._depth += 1
        try:
            yield
        except BaseException:
            if self._depth == 1 and self._is_marked():
                self._take_back()
                self.is_between_steps = True
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            self._is_marked()

    def add(self, segment_id: str, image: vtkOrientedImageData, *, overwrite: bool = True) -> None:
        """Add an image's voxels to a segment; masking is the caller's.

        Args:
            segment_id: of the segment.
            image: 1 where it is to be.
            overwrite: whether other segments give way, as far as the overwrite mode says.
        """
        with self._without_masking(overwrite):
            self._modify(segment_id, image, is_add=True)

    def remove(self, segment_id: str, image: vtkOrientedImageData) -> None:
        """Remove an image's voxels from a segment."""
        with self._without_masking(overwrite=True):
            self._modify(segment_id, image, is_add=False)

    def undo(self) -> bool:
        """Take the last step back; False if there is none."""
        possible = self.can_undo
        if possible:
            self._take_back()
            self.is_between_steps = True
        return possible

    def redo(self) -> bool:
        """Take the step that was undone again; False if there is none."""
        possible = self.can_redo
        if possible:
            self._do_again()
            self.is_between_steps = True
        return possible

    def close(self) -> None:  # noqa: B027 - most have nothing to leave
        """Leave the scene as if this had not been."""

    @property
    @abstractmethod
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""

    @property
    @abstractmethod
    def can_redo(self) -> bool:
        """Whether there is an undone step."""

    @abstractmethod
    def _save_state(self) -> None:
        """Remember the segments as they are: a step begins."""

    @abstractmethod
    def _take_back(self) -> None:
        """Make the segments as they were before the last step."""

    @abstractmethod
    def _do_again(self) -> None:
        """Make the segments as they were before the last undo."""

    @abstractmethod
    def _modify(self, segment_id: str, image: vtkOrientedImageData, *, is_add: bool) -> None:
        """Add or remove an image's voxels; nothing outside of its extent may change."""

    def _is_marked(self) -> bool:
        """Tell the history that there was a change: it forgets a state after which there was none.

        Then undo would take back the step before. False if there is no segment, so nothing can have changed.
        """
        segmentation = self.node.GetSegmentation()
        if not segmentation.GetNumberOfSegments():
            return False
        segmentation.GetNthSegment(0).Modified()
        return True

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
