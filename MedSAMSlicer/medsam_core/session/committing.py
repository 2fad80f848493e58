"""Writing a run into its segments, all as one step of undo."""

from __future__ import annotations

from functools import partial
from typing import Literal

from medsam_core.errors import PromptError
from medsam_core.journal_entry import JournalEntry
from medsam_core.session.journal_keeping import entries_of_run
from medsam_core.session.ledger import Ledger
from medsam_core.session.propagating import Propagating
from medsam_core.session.run_state import Phase, Run
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.segment_state import Deed
from medsam_core.session.slice_result import SliceResult
from medsam_core.session.writing import SlicesChange, Writing

CommitMode = Literal["add", "replace"]


class Committing:
    """Takes runs to the end of their life.

    Args:
        propagating: holds the runs.
        writing, ledger: write them.
    """

    def __init__(self, propagating: Propagating, writing: Writing, ledger: Ledger) -> None:
        self._propagating, self._writing, self._ledger = propagating, writing, ledger

    def commit(self, run: Run, mode: CommitMode) -> None:
        """Write what is done of a run; a running one is cancelled before. Returns at once.

        Args:
            run: not written and not discarded.
            mode: "add" to what is in the segments; "replace" what the last run wrote into them.

        Raises:
            PromptError: nothing was found, the run is over, a segment is protected, or there is nothing of
                the kind to be replaced.
        """
        self._propagating.cancel(run)
        if not run.is_held:
            raise PromptError("propagation", f"is {run.phase.value} already", "start another one")
        for segment_id in run.segments:
            self._ledger.check_writable(segment_id)
        entries = entries_of_run(run)
        changes = [self._change(entries[name], segment, mode) for name, segment in run.segments.items()]
        if not any(result.area for change in changes for result in change.new):
            raise PromptError("propagation", "nothing was found", "draw another box, or discard it")
        before, run.phase = run.phase, Phase.WRITING
        self._propagating.changed(run)
        self._writing.write(run, changes, partial(self._written, run, before))

    def discard(self, run: Run) -> None:
        """Drop a run and all it did, also if it was to be written and has not been yet."""
        if run.around is None:  # who corrects is told how its writing ends
            self._writing.withdraw(run)
        self._propagating.drop(run)

    def _change(self, entry: JournalEntry, segment: SegmentRun, mode: CommitMode) -> SlicesChange:
        new = tuple(segment.slices[index] for index in sorted(segment.slices))
        deed = Deed((entry, *segment.corrections), run=segment)
        if mode == "add":
            return SlicesChange(segment.segment_id, new, (), deed)
        state = self._ledger.state(segment.segment_id)
        old = _slices_to_replace(segment, state.run)
        return SlicesChange(segment.segment_id, new, old, deed, state.run_deeds)

    def _written(self, run: Run, before: Phase, done: bool) -> None:
        if done:
            self._propagating.written(run)
        else:
            run.phase = before
            self._propagating.changed(run)


def _slices_to_replace(segment: SegmentRun, earlier: SegmentRun | None) -> tuple[SliceResult, ...]:
    if earlier is None:
        return ()
    if earlier.grid.plane_key(0) != segment.grid.plane_key(0):
        raise PromptError("propagation", "the earlier one ran in another orientation", "undo that one first")
    return tuple(earlier.slices.values())
