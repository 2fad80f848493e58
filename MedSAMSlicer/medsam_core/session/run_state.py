"""A propagation under way or done, not written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.subject import Subject


class Phase(Enum):
    """How far a run is."""

    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    WRITING = "writing"
    WRITTEN = "written"
    DISCARDED = "discarded"


@dataclass(eq=False)
class Run:
    """One or several segments carried through the volume; kept up to date by the session, to be shown.

    Attributes:
        number: of this session's runs.
        subject: model, volume and slices it works on.
        strategy, options: how.
        segments: segment id -> what is done.
        phase: see `Phase`; cancelled and failed runs keep what is done.
        around: the corrected slice, if it is a correction.
        error: what was raised, if it failed.
    """

    number: int
    subject: Subject = field(repr=False)
    strategy: str
    options: tuple[tuple[str, object], ...]
    segments: dict[str, SegmentRun] = field(repr=False)
    phase: Phase = Phase.RUNNING
    around: int | None = None
    error: BaseException | None = field(default=None, repr=False)

    @property
    def is_held(self) -> bool:
        """Whether it can be committed, corrected or discarded."""
        return self.phase in (Phase.FINISHED, Phase.CANCELLED, Phase.FAILED)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to be done with it."""
        return self.phase in (Phase.WRITTEN, Phase.DISCARDED)

    @property
    def done(self) -> int:
        """Slices done, of all segments."""
        return sum(len(one.slices) for one in self.segments.values())

    @property
    def expected(self) -> int:
        """Slices it will visit at most."""
        return sum(one.expected for one in self.segments.values())
