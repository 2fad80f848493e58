"""What background work changes, drawn piece by piece, so that no turn of the event loop takes long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from MedSAMSlicerLib.slice_pane import SlicePane

PACE_SECONDS = 0.03
"""Between two pieces: three views and the words are shown anew eight times a second."""


class LateDrawing:
    """One view, or the words, at each turn; what is asked for twice meanwhile is drawn once.

    Args:
        draw: draws a view.
        tell: shows the words.
        clock: seconds.
    """

    def __init__(
        self,
        draw: Callable[[SlicePane], None],
        tell: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._draw, self._tell, self._clock = draw, tell, clock
        self._panes: dict[int, SlicePane] = {}
        self._has_words = False
        self._last = float("-inf")

    @property
    def is_waiting(self) -> bool:
        """Whether something is still to be drawn."""
        return bool(self._panes) or self._has_words

    def ask(self, panes: Iterable[SlicePane]) -> None:
        """Draw views, the first first, and then the words."""
        for pane in panes:
            self._panes.setdefault(id(pane), pane)
        self._has_words = True

    def forget(self) -> None:
        """Draw none of it: it was drawn, or is not to be shown."""
        self._panes.clear()
        self._has_words = False

    def serve(self) -> None:
        """A turn of the event loop."""
        if not self.is_waiting or self._clock() - self._last < PACE_SECONDS:
            return
        if self._panes:
            self._draw(self._panes.pop(next(iter(self._panes))))
        else:
            self._has_words = False
            self._tell()
        self._last = self._clock()
