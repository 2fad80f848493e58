"""From which slice to which a box reaches."""

from __future__ import annotations

from medsam_core.session.live_prompt import LivePrompt


class ThroughSlices:
    """The span that the user gave to the box that is marked; a box elsewhere begins anew with its own slice.

    Attributes:
        first, last: numbers of slices.
    """

    def __init__(self) -> None:
        self.first = self.last = 0
        self._of: tuple[str, str] | None = None

    def follow(self, marked: LivePrompt | None) -> None:
        """What is marked may be another box."""
        if marked is None:
            self._of = None
            return
        key = marked.segment_id, marked.grid.plane_key(marked.index)
        if key != self._of:
            self._of, self.first, self.last = key, marked.index, marked.index

    def extend(self, index: int) -> None:
        """Reach to a slice, from the end that is nearer to it."""
        if abs(index - self.first) < abs(index - self.last) or index < self.first:
            self.first = index
        else:
            self.last = index

    def set_end(self, end: str, text: str) -> None:
        """Take what was typed: slices counted from 1; what is no number changes nothing."""
        try:
            index = int(float(text)) - 1
        except (ValueError, OverflowError):
            return
        if end == "first":
            self.first = index
        elif end == "last":
            self.last = index
