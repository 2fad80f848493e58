"""What happens on each button and key of the effect."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from medsam_core.interaction.carry_on import Carry, prompts_of
from MedSAMSlicerLib.effect_work import EffectWork


class EffectActions:
    """Each returns at once; what went wrong stands in the status line.

    Args:
        work: is acted on.
    """

    def __init__(self, work: EffectWork) -> None:
        self._work = work

    # One slice

    def enter(self) -> None:
        """Write what waits: the mask, the propagation, or the correction of a slice of it."""
        with self._acting():
            self._work.deeds.enter()

    def clear(self) -> None:
        """Take back the clicks, then the box."""
        with self._acting():
            self._work.bench.required_session.escape()

    def undo(self) -> None:
        """Take back the last click, else the last step."""
        with self._acting():
            if not self._work.deeds.undo():
                self._work.status.tell("There is nothing to undo.")

    def redo(self) -> None:
        """Take a step that was undone again."""
        with self._acting():
            if not self._work.bench.required_session.redo():
                self._work.status.tell("There is nothing to redo.")

    # Through the volume

    def propagate(self, carry: Carry) -> None:
        """Carry what is marked, or the segment as it is, through the volume."""
        with self._acting():
            session, writer = self._work.bench.required_session, self._work.bench.writer
            assert writer is not None  # noqa: S101 - there is one with every session
            self._work.bench.ensure_segment()
            carried = prompts_of(carry, session, writer)
            session.propagate(carry.strategy, prompts=carried.prompts, grid=carried.grid)

    def cancel(self) -> None:
        """Stop, and keep what is done."""
        with self._acting():
            self._work.bench.required_session.cancel(self._work.showing.run)

    def discard(self) -> None:
        """Drop what was found."""
        with self._acting():
            self._work.bench.required_session.discard(self._work.showing.run)

    def write(self) -> None:
        """Write what was found, as one step of undo."""
        with self._acting():
            self._work.deeds.commit()

    def next_unsure(self) -> None:
        """Go to the next slice that is worth a look."""
        with self._acting():
            index = self._work.deeds.next_unsure(self.index_on_show)
            if index is None:
                self._work.status.tell("No slice stands out as unsure.")
            else:
                self._jump(index)

    def jump(self, index: int) -> None:
        """Show a slice of the propagation, in the views that lie along it."""
        with self._acting():
            self._jump(index)

    @property
    def index_on_show(self) -> int | None:
        """The slice of the propagation that a view shows; None if none does."""
        strip = self._work.showing.strip
        for pane in self._work.panes() if strip is not None else ():
            if pane.place is not None and pane.place.is_along(strip.grid):
                return pane.place.index
        return None

    # Around it

    def protect_others(self, protect: bool) -> None:
        """Let no segment but the selected one lose or gain a voxel, as far as masking leaves that open."""
        with self._acting():
            self._work.bench.protect(protect)

    def install(self) -> None:
        """Install what is missing, then load the model."""
        workshop = self._work.bench.workshop
        with self._acting():
            workshop.needs.install()
        workshop.refresh()
        workshop.need_model()

    def retry(self) -> None:
        """Load the model again."""
        self._work.bench.workshop.retry()

    def _jump(self, index: int) -> None:
        strip, volume = self._work.showing.strip, self._work.bench.volume
        for pane in self._work.panes() if strip is not None and volume is not None else ():
            if pane.place is not None and pane.place.is_along(strip.grid):
                pane.jump_to(index, strip.grid, volume)

    @contextlib.contextmanager
    def _acting(self) -> Iterator[None]:
        """The user's edge: an error becomes the message, and what is shown is shown anew."""
        with self._work.status.edge():
            yield
        self._work.take()
        self._work.draw()
        self._work.changed()
