"""The mouse in a slice view, handed to the tool in use."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from medsam_core.interaction.slice_place import XY
from medsam_viewer.messages import Messages
from medsam_viewer.slice_pane import SlicePane

_BEFORE_SLICER = 100.0  # priority over the view's own ways with the mouse


class Tool(Protocol):
    """What the left button does."""

    def press(self, pane: SlicePane, at: XY, ctrl: bool) -> None:
        """The button went down at a view pixel."""

    def drag(self, pane: SlicePane, at: XY) -> None:
        """The pointer moved, the button held."""

    def release(self, pane: SlicePane, at: XY) -> None:
        """The button was let go."""

    def hover(self, pane: SlicePane) -> None:
        """The pointer came into a view."""


class Pointer:
    """Listens to one view.

    Args:
        pane: the view.
        tool: in use; asked at every press.
        messages: for what went wrong.
    """

    def __init__(self, pane: SlicePane, tool: Tool, messages: Messages) -> None:
        self._pane, self._tool, self._messages, self._held = pane, tool, messages, False
        self._interactor = pane.view.interactor()
        self._tags = {
            event: self._interactor.AddObserver(event, self._heard, _BEFORE_SLICER)
            for event in ("LeftButtonPressEvent", "MouseMoveEvent", "LeftButtonReleaseEvent", "EnterEvent")
        }

    def _heard(self, _: object, event: str) -> None:
        with self._edge(event):
            self._hear(event)

    def _edge(self, event: str) -> AbstractContextManager[None]:
        """A press is a new action; the message of what it led to stays until the next."""
        return self._messages.edge() if event == "LeftButtonPressEvent" else self._messages.report()

    def _hear(self, event: str) -> None:
        at = tuple(map(float, self._interactor.GetEventPosition()))
        if event == "EnterEvent":
            self._tool.hover(self._pane)
        elif event == "LeftButtonPressEvent" and not self._interactor.GetShiftKey():
            self._held = True
            self._tool.press(self._pane, at, bool(self._interactor.GetControlKey()))
            self._keep(event)
        elif event == "MouseMoveEvent" and self._held:
            self._tool.drag(self._pane, at)
            self._keep(event)
        elif event == "LeftButtonReleaseEvent" and self._held:
            self._held = False
            self._tool.release(self._pane, at)
            self._keep(event)

    def _keep(self, event: str) -> None:
        """Let nobody else have it."""
        self._interactor.GetCommand(self._tags[event]).SetAbortFlag(1)
