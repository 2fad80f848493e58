"""The brightness in use, in the page and in the views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.intensity import IntensityWindow
from medsam_viewer.brightness import PRESETS, Brightness, value_span
from medsam_viewer.workplace import Workplace

if TYPE_CHECKING:
    from trame_server.state import State

AS_THE_MODEL = next(iter(PRESETS))


class BrightnessState:
    """Follows the page's controls, and leads them.

    Args:
        state: of the page.
        work: has the volume.
    """

    def __init__(self, state: State, work: Workplace) -> None:
        self._state, self._work = state, work
        self._window: IntensityWindow | None = None
        self.now: Brightness | None = None
        self.span = 1.0
        state.update(brightness=[0, 1], brightness_text=["", ""], brightness_preset=AS_THE_MODEL)
        state.change("brightness")(self._slid)
        state.change("brightness_preset")(self._chosen)

    def volume(self) -> None:
        """Another volume is open."""
        opened = self._work.opened
        if opened is None:
            return
        self._window = None
        self.span = value_span(opened.volume)
        low, high = (float(opened.volume.array_kji.min()), float(opened.volume.array_kji.max()))
        self._state.update(brightness_min=low, brightness_max=max(high, low + 1e-6))
        self._state.brightness_step = float(f"{self.span / 500:.1g}")
        self._state.brightness_preset = AS_THE_MODEL
        display = opened.node.GetDisplayNode()
        if hasattr(display, "GetWindowLevelMin"):
            self.show(Brightness(display.GetWindowLevelMin(), display.GetWindowLevelMax()), AS_THE_MODEL)

    def ready(self, window: IntensityWindow) -> None:
        """The session has chosen a window."""
        self._window = window
        if self._state.brightness_preset == AS_THE_MODEL:
            self._chosen()

    def show(self, brightness: Brightness, preset: str | None = None) -> None:
        """Use another brightness; a name only if it is a preset's."""
        opened = self._work.opened
        if opened is None:
            return
        self.now = brightness
        brightness.show(opened.node)
        self._state.brightness_preset = preset
        self._state.brightness = [brightness.low, brightness.high]
        self._state.brightness_text = [f"{brightness.low:.4g}", f"{brightness.high:.4g}"]

    def _slid(self, **_: object) -> None:
        low, high = sorted(map(float, self._state.brightness))
        if self.now is not None and (low, high) != (self.now.low, self.now.high) and high > low:
            self.show(Brightness(low, high))

    def _chosen(self, **_: object) -> None:
        name = self._state.brightness_preset
        window = PRESETS.get(name) or (self._window if name == AS_THE_MODEL else None)
        if window is not None and window.high > window.low:
            self.show(Brightness(window.low, window.high), name)
