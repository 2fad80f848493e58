"""Runs through the volume: begun, followed slice by slice, ended, kept or discarded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from functools import partial

from medsam_core.errors import PromptError
from medsam_core.jobs.response import Dropped, Failed, Finished, Progressed, Response
from medsam_core.prompts import SegmentPrompt
from medsam_core.session.answers import Expected, Stepped
from medsam_core.session.desk import Desk
from medsam_core.session.events import Event, RunChanged
from medsam_core.session.requests import PropagateRequest, Urgency
from medsam_core.session.run_state import Phase, Run
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.slice_result import SliceResult
from medsam_core.session.subject import Subject


class Propagating:
    """All runs of a session that are neither written nor discarded.

    Args:
        desk: asks the worker.
        tell: is given the events.
    """

    def __init__(self, desk: Desk, tell: Callable[[Event], None]) -> None:
        self._desk, self._tell = desk, tell
        self._numbers = itertools.count(1)
        self._runs: dict[int, Run] = {}
        self._news: dict[int, list[int]] = {}
        self._ended: dict[int, Callable[[Run], None]] = {}

    @property
    def runs(self) -> tuple[Run, ...]:
        """The oldest first."""
        return tuple(self._runs.values())

    def latest(self, run: Run | None = None, running: bool = False) -> Run:
        """The given run, or the newest one that is no correction.

        Args:
            run: None for the newest.
            running: prefer what is under way, be it a correction.

        Raises:
            PromptError: there is none.
        """
        if run is not None:
            return run
        under_way = [one for one in self.runs if one.phase is Phase.RUNNING] if running else []
        whole = [one for one in self.runs if one.around is None]
        if not under_way and not whole:
            raise PromptError("propagation", "there is none", "start one first")
        return (under_way or whole)[-1]

    def make_room(self, segment_ids: Collection[str]) -> None:
        """Discard older runs of these segments: a new one takes their place.

        Raises:
            PromptError: an older one has other segments too, or is being written.
        """
        older = {run.number: run for run in self.runs if set(segment_ids) & set(run.segments)}
        for run in older.values():
            if set(run.segments) - set(segment_ids) or run.phase is Phase.WRITING:
                problem = "a segment is part of an earlier one"
                raise PromptError("propagation", problem, "commit or discard that one first")
        for run in older.values():
            self.drop(run)

    def begin(
        self,
        subject: Subject,
        prompts: Mapping[str, SegmentPrompt],
        strategy: str,
        options: Mapping[str, object],
        around: int | None = None,
        ended: Callable[[Run], None] | None = None,
    ) -> Run:
        """Start a run.

        Args:
            subject: model, volume and slices.
            prompts: segment id -> its prompts.
            strategy, options: as `make_strategy` takes them.
            around: the corrected slice, of a correction.
            ended: called when it has finished, was cancelled or failed; not if it is discarded.
        """
        segments = {
            segment_id: SegmentRun.begin(segment_id, prompt, subject.grid)
            for segment_id, prompt in prompts.items()
        }
        chosen = tuple(sorted(options.items()))
        run = Run(next(self._numbers), subject, strategy, chosen, segments, around=around)
        self._runs[run.number] = run
        urgency = Urgency.PROPAGATION if around is None else Urgency.CORRECTION
        receive = partial(self._received, run)
        if ended is not None:
            self._ended[run.number] = ended
        self._news[run.number] = []  # it began: worth an event
        asked = tuple(segment.prompt for segment in segments.values())
        self._desk.ask(PropagateRequest, _topic(run), urgency, receive, subject, asked, strategy, chosen)
        return run

    def cancel(self, run: Run) -> None:
        """End a run and keep what is done."""
        if run.phase is Phase.RUNNING:
            self._desk.withdraw(_topic(run))
            self._end(run, Phase.CANCELLED)

    def drop(self, run: Run) -> None:
        """Discard a run, or cancel it if it is a correction: who corrects discards it then."""
        if run.around is None:
            self.discard(run)
        else:
            self.cancel(run)

    def discard(self, run: Run) -> None:
        """Forget a run and what it did."""
        self._desk.withdraw(_topic(run))
        self._runs.pop(run.number, None)
        self._ended.pop(run.number, None)
        run.phase = Phase.DISCARDED
        self.changed(run)

    def discard_all(self) -> None:
        """Drop all of them."""
        for run in self.runs:
            self.discard(run)

    def written(self, run: Run) -> None:
        """A run is in the segments now, and no longer here."""
        self._runs.pop(run.number, None)
        run.phase = Phase.WRITTEN
        self.changed(run)

    def changed(self, run: Run) -> None:
        """There is news of a run that is no slice."""
        self._news.setdefault(run.number, [])
        self._flush(run)

    def flush(self) -> None:
        """Tell what is new since the last time, one event per run."""
        for run in self.runs:
            if run.number in self._news:
                self._flush(run)

    def _flush(self, run: Run) -> None:
        self._tell(RunChanged(run, tuple(self._news.pop(run.number))))

    def _received(self, run: Run, response: Response) -> None:
        if isinstance(response, Progressed):
            self._take(run, response.payload)
            return
        if isinstance(response, Failed):
            run.error = response.error
        phases = {Finished: Phase.FINISHED, Failed: Phase.FAILED, Dropped: Phase.CANCELLED}
        self._end(run, phases[type(response)])

    def _take(self, run: Run, payload: object) -> None:
        segments = list(run.segments.values())
        if isinstance(payload, Expected):
            for segment, expected in zip(segments, payload.slices, strict=True):
                segment.expected = expected
        elif isinstance(payload, Stepped):
            segments[payload.place].take(payload.step)
            if isinstance(payload.step, SliceResult):
                self._news.setdefault(run.number, []).append(payload.step.index)

    def _end(self, run: Run, phase: Phase) -> None:
        run.phase = phase
        self.changed(run)
        ended = self._ended.pop(run.number, None)
        if ended is not None:
            ended(run)


def _topic(run: Run) -> str:
    return f"run {run.number}"
