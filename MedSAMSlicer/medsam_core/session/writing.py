"""Runs being written into segments: brought onto the voxels by the worker, written on the face's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from medsam_core.errors import MedSAMError
from medsam_core.jobs.response import Dropped, Failed, Progressed, Response
from medsam_core.session.answers import Assembled
from medsam_core.session.desk import Desk
from medsam_core.session.events import Event, Failure, Written
from medsam_core.session.ledger import Ledger
from medsam_core.session.requests import AssembleRequest, Urgency
from medsam_core.session.run_state import Run
from medsam_core.session.segment_change import SegmentChange
from medsam_core.session.segment_state import Deed
from medsam_core.session.slice_result import SliceResult
from medsam_core.session.slice_span import SliceSpan
from medsam_core.voxel_patch import VoxelPatch


@dataclass(frozen=True, eq=False)
class SlicesChange:
    """What is about to become of one segment.

    Attributes:
        segment_id: of the segment.
        new: slices as they are to be.
        old: the same slices as they were written before; none of a first run.
        deed: to be remembered.
        instead_of: the deeds that it takes the place of.
        span: beyond which no voxel changes; None if the slices are all that there are.
    """

    segment_id: str
    new: tuple[SliceResult, ...]
    old: tuple[SliceResult, ...]
    deed: Deed
    instead_of: tuple[Deed, ...] = ()
    span: SliceSpan | None = None

    def on_voxels(self, new: VoxelPatch, old: VoxelPatch) -> SegmentChange:
        """The same on the volume's voxels."""
        if self.span is not None:
            new, old = self.span.part(new), self.span.part(old)
        before = old if self.old else None
        return SegmentChange(self.segment_id, new, before, self.deed, self.instead_of)


class Writing:
    """Asks for patches and writes them when they come.

    Args:
        desk: asks the worker.
        ledger: writes.
        tell: is given the events.
    """

    def __init__(self, desk: Desk, ledger: Ledger, tell: Callable[[Event], None]) -> None:
        self._desk, self._ledger, self._tell = desk, ledger, tell

    def write(
        self,
        run: Run,
        changes: Sequence[SlicesChange],
        ended: Callable[[bool], None],
        check: Callable[[], None] | None = None,
    ) -> None:
        """Write all changes as one step of undo, as soon as the worker has brought them onto the voxels.

        Args:
            run: whose changes they are.
            changes: one for each segment; where two meet, a voxel goes to the one of higher probability.
            ended: called with whether they were written.
            check: called before; raises if they must not be written any more.
        """
        new, old = tuple(c.new for c in changes), tuple(c.old for c in changes)
        receive = partial(self._received, run, tuple(changes), ended, check)
        self._desk.ask(AssembleRequest, _topic(run), Urgency.WRITE, receive, run.subject, new, old)

    def withdraw(self, run: Run) -> None:
        """Do not write a run after all."""
        self._desk.withdraw(_topic(run))

    def _received(
        self,
        run: Run,
        changes: tuple[SlicesChange, ...],
        ended: Callable[[bool], None],
        check: Callable[[], None] | None,
        response: Response,
    ) -> None:
        if isinstance(response, Failed | Dropped):
            ended(False)
        elif isinstance(response, Progressed) and isinstance(response.payload, Assembled):
            ended(self._write(run, changes, response.payload, check))

    def _write(
        self,
        run: Run,
        changes: tuple[SlicesChange, ...],
        answer: Assembled,
        check: Callable[[], None] | None,
    ) -> bool:
        try:
            if check is not None:
                check()
            record = self._ledger.write(
                [c.on_voxels(*both) for c, *both in zip(changes, answer.new, answer.old, strict=True)]
            )
        except MedSAMError as error:
            self._tell(Failure.of(_topic(run), error))
            return False
        self._tell(Written(record, run))
        return True


def _topic(run: Run) -> str:
    return f"write {run.number}"
