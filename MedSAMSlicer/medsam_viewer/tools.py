"""What the left button does in a slice view while nothing is marked; and which tool is in use."""

from __future__ import annotations

from collections.abc import Callable

from medsam_core.interaction.slice_place import XY
from medsam_viewer.brightness import Brightness
from medsam_viewer.pointer import Tool
from medsam_viewer.slice_pane import SlicePane


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
