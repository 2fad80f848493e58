"""Mending one slice of a run: only the span up to the neighbouring anchors is done again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from medsam_core.errors import MedSAMError, PromptError
from medsam_core.prompts import SegmentPrompt
from medsam_core.session.events import Event, Failure
from medsam_core.session.journal_keeping import entry_of_correction
from medsam_core.session.ledger import Ledger
from medsam_core.session.propagating import Propagating
from medsam_core.session.run_state import Phase, Run
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.segment_state import Deed
from medsam_core.session.slice_span import SliceSpan
from medsam_core.session.subject import Subject
from medsam_core.session.writing import SlicesChange, Writing
from medsam_core.slice_grid import SliceGrid

STRATEGY = "anchors"


class Correcting:
    """Corrections, one after the other for each segment.

    The slice that is corrected becomes an anchor. Of a run that is not written yet the result is changed; of
    one that is written, the segment, as one step of undo.

    Args:
        propagating, writing: do the work.
        ledger: knows what was written.
        tell: is given the events.
    """

    def __init__(
        self, propagating: Propagating, writing: Writing, ledger: Ledger, tell: Callable[[Event], None]
    ) -> None:
        self._propagating, self._writing, self._ledger, self._tell = propagating, writing, ledger, tell
        self._waiting: dict[str, deque[Callable[[], object]]] = {}
        self._busy: set[str] = set()

    def correct(self, subject: Subject, segment_id: str, marked: SegmentPrompt, index: int) -> None:
        """Have a slice corrected; after the segment's earlier corrections, if they are still under way.

        Args:
            subject: model and volume; the slices are the run's.
            segment_id: of the segment.
            marked: box, clicks or a drawn mask on slice `index` of the run's grid.
            index: the slice.

        Raises:
            PromptError: the segment has no run that is done.
        """
        self.grid(segment_id)
        begin = partial(self._begin, subject, segment_id, marked, index)
        self._waiting.setdefault(segment_id, deque()).append(begin)
        if segment_id not in self._busy:
            self._next(segment_id)

    def grid(self, segment_id: str) -> SliceGrid:
        """The slices on which a segment can be corrected.

        Raises:
            PromptError: it has no run that is done.
        """
        return self._base(segment_id)[1].grid

    def drop(self) -> None:
        """Forget what has not been done yet: what it was to mend is no longer there."""
        self._waiting.clear()
        self._busy.clear()
        for run in self._propagating.runs:
            if run.around is not None:
                self._writing.withdraw(run)
                self._propagating.discard(run)

    def _base(self, segment_id: str) -> tuple[Run | None, SegmentRun]:
        """The run to be mended; None with it if it is written."""
        for run in self._propagating.runs:
            if segment_id in run.segments and run.around is None:
                if not run.is_held:
                    remedy = "wait for its end, or cancel it"
                    raise PromptError("correction", "the propagation is still under way", remedy)
                return run, run.segments[segment_id]
        written = self._ledger.state(segment_id).run
        if written is None:
            raise PromptError("correction", "the segment was not propagated", "propagate it first")
        return None, written

    def _begin(self, subject: Subject, segment_id: str, marked: SegmentPrompt, index: int) -> None:
        held, base = self._base(segment_id)
        masks = (*base.anchor_masks(but=index), *marked.masks)
        prompt = SegmentPrompt(marked.name, marked.label, marked.boxes, marked.points, masks)
        ended = partial(self._ended, held, base, index, segment_id)
        subject = Subject(subject.model, subject.volume, subject.intensity, base.grid)
        options = {"around": index}
        self._propagating.begin(subject, {segment_id: prompt}, STRATEGY, options, index, ended)

    def _ended(self, held: Run | None, base: SegmentRun, index: int, segment_id: str, run: Run) -> None:
        try:
            if held is None:
                self._check_there(base, segment_id)
        except PromptError as error:
            self._tell(Failure.of("correction", error))
            run.phase = Phase.CANCELLED
        if run.phase is not Phase.FINISHED:
            self._propagating.discard(run)
            self._next(segment_id)
            return
        found = run.segments[segment_id]
        mended = base.corrected(index, found.slices.values(), entry_of_correction(found.prompt, run))
        if held is not None:
            held.segments[segment_id] = mended
            self._propagating.discard(run)
            self._propagating.changed(held)
            self._next(segment_id)
            return
        self._write(run, base, mended, index, segment_id)

    def _write(self, run: Run, base: SegmentRun, mended: SegmentRun, index: int, segment_id: str) -> None:
        deed = Deed((mended.corrections[-1],), run=mended, is_correction=True)
        ends = base.neighbours(index)
        span = SliceSpan(base.grid, *ends)
        change = SlicesChange(segment_id, mended.between(*ends), base.between(*ends), deed, span=span)
        run.phase = Phase.WRITING
        check = partial(self._check_there, base, segment_id)
        self._writing.write(run, [change], partial(self._written, run, segment_id), check)

    def _check_there(self, base: SegmentRun, segment_id: str) -> None:
        """Refuse to mend what was undone where a session does not see it: by a face's own button."""
        if self._ledger.state(segment_id).run is not base:
            raise PromptError("correction", "what it was to mend was undone", "mark the slice again")

    def _written(self, run: Run, segment_id: str, done: bool) -> None:
        if done:
            self._propagating.written(run)
        else:
            self._propagating.discard(run)
        self._next(segment_id)

    def _next(self, segment_id: str) -> None:
        self._busy.discard(segment_id)
        waiting = self._waiting.get(segment_id)
        while waiting and segment_id not in self._busy:
            self._busy.add(segment_id)
            try:
                waiting.popleft()()
            except MedSAMError as error:
                self._busy.discard(segment_id)
                self._tell(Failure.of("correction", error))
