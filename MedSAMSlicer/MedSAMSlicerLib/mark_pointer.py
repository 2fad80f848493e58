"""The mouse in the slice views, handed to the tool that marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vtkmodules.vtkCommonCore import vtkCommand

from medsam_core.interaction.mark_tool import MarkTool
from medsam_core.interaction.slice_place import XY
from MedSAMSlicerLib.effect_work import EffectWork
from MedSAMSlicerLib.slice_pane import SlicePane

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

PRESSES = (vtkCommand.LeftButtonPressEvent, vtkCommand.LeftButtonDoubleClickEvent)


class MarkPointer:
    """Takes the left button; Shift and everything else stays with the view.

    Args:
        work: is told.
        is_negative: whether plain clicks say what does not belong.
        may_mark: asked when the button goes down, and may ask the user.
    """

    def __init__(
        self, work: EffectWork, is_negative: Callable[[], bool], may_mark: Callable[[], bool]
    ) -> None:
        self._work, self._is_negative, self._may_mark = work, is_negative, may_mark
        self._held: tuple[SlicePane, MarkTool] | None = None

    def handle(self, pane: SlicePane, event: int, interactor: vtkRenderWindowInteractor) -> bool:
        """Whether an event of a view was taken: nobody else is to have it then."""
        at = tuple(map(float, interactor.GetEventPosition()))
        if event in PRESSES:
            return self._press(pane, at, interactor)
        if event == vtkCommand.MouseMoveEvent:
            return self._move(pane, at)
        if event == vtkCommand.LeftButtonReleaseEvent:
            return self._release(at)
        if event == vtkCommand.EnterEvent:
            self._work.hover(pane)
        elif event == vtkCommand.LeaveEvent and self._held is None:
            self._work.left()
        return False

    def let_go(self) -> None:
        """The effect is switched off, perhaps with the button held."""
        self._held = None

    def _press(self, pane: SlicePane, at: XY, interactor: vtkRenderWindowInteractor) -> bool:
        # Some platforms tell of the second press of a double click twice.
        if self._held is not None:
            return True
        is_on_image = pane.place is not None and pane.place.is_on(pane.place.to_slice(at))
        if interactor.GetShiftKey() or not is_on_image or not self._may_mark():
            return False
        tool = MarkTool(self._work.marking, pane.scale)
        with self._work.status.edge():
            tool.press(pane, at, bool(interactor.GetControlKey()) or self._is_negative())
            self._held = pane, tool
        return True

    def _move(self, pane: SlicePane, at: XY) -> bool:
        if self._held is None:
            self._work.hover(pane)
            return False
        held, tool = self._held
        with self._work.status.edge():
            tool.drag(held, at)
        return True

    def _release(self, at: XY) -> bool:
        if self._held is None:
            return False
        (pane, tool), self._held = self._held, None
        with self._work.status.edge():
            tool.release(pane, at)
        self._work.changed()
        return True
