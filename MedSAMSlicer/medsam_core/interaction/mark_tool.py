"""The left button while marking: boxes and clicks."""

from __future__ import annotations

from medsam_core.interaction.box_grip import BoxGrip
from medsam_core.interaction.marking import Marking
from medsam_core.interaction.slice_place import XY, Pane

A_CLICK = 4.0
"""View pixels that the pointer may move between press and release."""
REACH = 7.0
"""View pixels from an edge at which it can be taken."""


class MarkTool:
    """Drag a box, an edge of it or all of it; click what belongs to it, Ctrl+click what does not.

    Args:
        marking: is told.
        scale: device pixels for each pixel of the screen's layout, more than 1 on high-resolution screens.
    """

    def __init__(self, marking: Marking, scale: float = 1.0) -> None:
        self._marking, self._scale = marking, scale
        self._pressed: XY | None = None
        self._is_negative = False
        self._grip: BoxGrip | None = None
        self._is_drag = False

    @property
    def is_pressed(self) -> bool:
        """Whether the button is held down on an image."""
        return self._pressed is not None

    def press(self, pane: Pane, at: XY, ctrl: bool) -> None:
        """Take hold of what is under the pointer.

        Args:
            pane: the view.
            at: its pixel, from the lower left.
            ctrl: whether a click will be a negative one.
        """
        self._pressed, self._is_negative, self._grip, self._is_drag = None, ctrl, None, False
        if pane.place is None or not pane.place.is_on(pane.place.to_slice(at)):
            return
        self._pressed = at
        self._marking.hover(pane)
        if not ctrl:
            self._grip = self.grip_at(pane, at) or BoxGrip.new(pane.place.to_slice(at))

    def drag(self, pane: Pane, at: XY) -> None:
        """Move what is held."""
        if self._pressed is None or self._grip is None or pane.place is None:
            return
        moved = max(abs(a - b) for a, b in zip(at, self._pressed, strict=True))
        if not self._is_drag and moved < A_CLICK * self._scale:
            return
        if not self._is_drag:
            self._marking.begin_box(pane, is_new=self._grip.is_new)
        self._is_drag = True
        self._marking.drag_box(pane, self._grip.dragged(pane.place.to_slice(at)))

    def release(self, pane: Pane, at: XY) -> None:
        """Let go; without a drag it was a click."""
        if self._is_drag:
            self._marking.end_box()
        elif self._pressed is not None and pane.place is not None:
            at_press = pane.place.to_slice(self._pressed)
            self._marking.click(pane, at_press, positive=not self._is_negative)
        self._pressed, self._grip, self._is_drag = None, None, False

    def hover(self, pane: Pane) -> None:
        """The model may begin to read the slice."""
        self._marking.hover(pane)

    def grip_at(self, pane: Pane, at: XY) -> BoxGrip | None:
        """What a press here would take hold of; None beside the box."""
        box = self._marking.box_on(pane)
        if box is None or pane.place is None:
            return None
        reach = REACH * self._scale * abs(pane.place.view_to_slice[:, :2]).max(axis=1)
        return BoxGrip.at(box, pane.place.to_slice(at), (float(reach[0]), float(reach[1])))
