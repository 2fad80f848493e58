"""What the left button does in a slice view: mark, or change the brightness."""

from __future__ import annotations

from collections.abc import Callable

from medsam_viewer.box_grip import BoxGrip
from medsam_viewer.brightness import Brightness
from medsam_viewer.marking import Marking
from medsam_viewer.pointer import Tool
from medsam_viewer.slice_pane import SlicePane
from medsam_viewer.slice_place import XY

A_CLICK = 4.0
"""View pixels that the pointer may move between press and release."""
REACH = 7.0
"""View pixels from an edge at which it can be taken."""


class MarkTool:
    """Drag a box, an edge of it or all of it; click what belongs to it, Ctrl+click what does not.

    Args:
        marking: is told.
    """

    def __init__(self, marking: Marking) -> None:
        self._marking = marking
        self._pressed: XY | None = None
        self._ctrl = False
        self._grip: BoxGrip | None = None
        self._is_drag = False

    def press(self, pane: SlicePane, at: XY, ctrl: bool) -> None:
        """Take hold of what is under the pointer."""
        self._pressed, self._ctrl, self._grip, self._is_drag = None, ctrl, None, False
        if pane.place is None or not pane.place.is_on(pane.place.to_slice(at)):
            return
        self._pressed = at
        self._marking.hover(pane)
        if not ctrl:
            self._grip = self._held(pane, at) or BoxGrip.new(pane.place.to_slice(at))

    def drag(self, pane: SlicePane, at: XY) -> None:
        """Move what is held."""
        if self._pressed is None or self._grip is None or pane.place is None:
            return
        if not self._is_drag and max(abs(a - b) for a, b in zip(at, self._pressed, strict=True)) < A_CLICK:
            return
        if not self._is_drag:
            self._marking.begin_box(pane, is_new=self._grip.is_new)
        self._is_drag = True
        self._marking.drag_box(pane, self._grip.dragged(pane.place.to_slice(at)))

    def release(self, pane: SlicePane, at: XY) -> None:
        """Let go; without a drag it was a click."""
        if self._is_drag:
            self._marking.end_box()
        elif self._pressed is not None and pane.place is not None:
            self._marking.click(pane, pane.place.to_slice(self._pressed), positive=not self._ctrl)
        self._pressed, self._grip, self._is_drag = None, None, False

    def hover(self, pane: SlicePane) -> None:
        """The model may begin to read the slice."""
        self._marking.hover(pane)

    def _held(self, pane: SlicePane, at: XY) -> BoxGrip | None:
        box = self._marking.box_on(pane)
        if box is None or pane.place is None:
            return None
        matrix = pane.place.view_to_slice[:, :2]
        reach = (REACH * float(abs(matrix[0]).max()), REACH * float(abs(matrix[1]).max()))
        return BoxGrip.at(box, pane.place.to_slice(at), reach)


class BrightnessTool:
    """Drag right for less contrast, up for brighter.

    Args:
        get: the brightness in use; None without a volume.
        span: of the volume's values.
        show: uses another one.
    """

    def __init__(
        self,
        get: Callable[[], Brightness | None],
        span: Callable[[], float],
        show: Callable[[Brightness], None],
    ) -> None:
        self._get, self._span, self._show = get, span, show
        self._start: tuple[XY, Brightness] | None = None

    def press(self, pane: SlicePane, at: XY, ctrl: bool) -> None:
        """Begin."""
        before = self._get()
        self._start = None if before is None else (at, before)

    def drag(self, pane: SlicePane, at: XY) -> None:
        """Follow the pointer."""
        if self._start is None:
            return
        (x, y), before = self._start
        width, height = pane.size
        self._show(before.dragged((at[0] - x) / width, (at[1] - y) / height, self._span()))

    def release(self, pane: SlicePane, at: XY) -> None:
        """End."""
        self._start = None

    def hover(self, pane: SlicePane) -> None:
        """Nothing."""


class ToolInUse:
    """One of two tools.

    Args:
        mark: while marking is on.
        otherwise: while it is off.
        is_on: whether it is.
    """

    def __init__(self, mark: Tool, otherwise: Tool, is_on: Callable[[], bool]) -> None:
        self._mark, self._otherwise, self._is_on = mark, otherwise, is_on
        self._held = otherwise

    def press(self, pane: SlicePane, at: XY, ctrl: bool) -> None:
        """The tool in use keeps the button until it is let go."""
        self._held = self._mark if self._is_on() else self._otherwise
        self._held.press(pane, at, ctrl)

    def drag(self, pane: SlicePane, at: XY) -> None:
        """See `Tool`."""
        self._held.drag(pane, at)

    def release(self, pane: SlicePane, at: XY) -> None:
        """See `Tool`."""
        self._held.release(pane, at)

    def hover(self, pane: SlicePane) -> None:
        """See `Tool`."""
        (self._mark if self._is_on() else self._otherwise).hover(pane)
