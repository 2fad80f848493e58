"""One long piece of work at a time beside the application, with progress, cancel and an end."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import cast

from medsam_core.errors import Cancelled
from medsam_core.jobs.agenda import Check
from medsam_core.jobs.request import Request
from medsam_core.jobs.response import Dropped, Failed, Finished
from medsam_core.jobs.worker import Worker
from MedSAMSlicerLib.job_pump import JobPump
from MedSAMSlicerLib.pumped_jobs import PumpedJobs

Progress = Callable[[int, int, str], None]
IsCancelled = Callable[[], bool]
Work = Callable[[Progress, IsCancelled], object]
"""Runs on the thread: is told where to report (done, in all, what) and asked whether to end; no nodes."""

Ended = Callable[[object], None]
"""Called on the application's thread with what the work returned, or the error it raised."""


@dataclass(frozen=True)
class RunProgress:
    """How far a run is.

    Attributes:
        title: what it is, for the user.
        done, total: steps; total 0 where nobody knows.
        what: the step being done.
        seconds: since it began.
    """

    title: str
    done: int = 0
    total: int = 0
    what: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class _RunRequest(Request):
    work: Work = field(repr=False)


class BackgroundRun:
    """Does what it is given, one after the other; a new piece takes the place of the one under way.

    Args:
        pump: brings answers onto the application's thread.
        changed: called there whenever progress or state may have changed.
    """

    def __init__(self, pump: JobPump, changed: Callable[[], None] = lambda: None) -> None:
        self._jobs = PumpedJobs(Worker(self._work), pump)
        self._pump, self._changed = pump, changed
        self._numbers = itertools.count(1)
        self._asked: tuple[int, str, Ended] | None = None
        self._told: tuple[int, int, str] = (0, 0, "")
        self._shown: RunProgress | None = None
        self._started = 0.0
        pump.follow(self)

    @property
    def is_busy(self) -> bool:
        """See `job_pump.Source.is_busy`."""
        return self._jobs.is_busy

    @property
    def is_running(self) -> bool:
        """Whether an end is still to come."""
        return self._asked is not None

    @property
    def progress(self) -> RunProgress | None:
        """How far the run is; None if there is none."""
        if self._asked is None:
            return None
        return RunProgress(self._asked[1], *self._told, time.monotonic() - self._started)

    def start(self, title: str, work: Work, ended: Ended) -> None:
        """Begin; returns at once. What was under way before ends untold."""
        number = next(self._numbers)
        self._asked, self._told, self._started = (number, title, ended), (0, 0, ""), time.monotonic()
        self._jobs.submit(_RunRequest(number, "run", 0, work))
        self._changed()

    def cancel(self) -> None:
        """End it: `ended` gets a `Cancelled` as soon as the work has stopped."""
        self._jobs.cancel()

    def forget(self) -> None:
        """End it, and tell nobody."""
        self._asked = None
        self._jobs.cancel()

    def take(self) -> None:
        """See `job_pump.Source.take`."""
        for response in self._jobs.poll():
            asked = self._asked
            if asked is None or response.request_id != asked[0]:
                continue
            if isinstance(response, Finished | Failed | Dropped):
                self._asked = None
                asked[2](_answer(response, asked[1]))
        progress = self.progress
        if progress is None or self._is_news(progress):
            self._shown = progress
            self._changed()

    def close(self) -> None:
        """End the thread; nothing is told any more."""
        self._asked = None
        self._jobs.close(0)
        self._pump.forget(self)

    def _is_news(self, progress: RunProgress) -> bool:
        """Ten times a second at most, and whenever a step is done: showing costs time too."""
        shown = self._shown
        return shown is None or progress.done != shown.done or progress.seconds - shown.seconds > 0.1

    def _work(self, request: Request, check: Check) -> Generator[object, None, None]:
        asked = cast(_RunRequest, request)

        def is_cancelled() -> bool:
            try:
                check()
            except Cancelled:
                return True
            return False

        def tell(done: int, total: int, what: str) -> None:
            if self._asked is not None and self._asked[0] == request.id:
                self._told = (done, total, what)

        yield asked.work(tell, is_cancelled)


def _answer(response: Finished | Failed | Dropped, title: str) -> object:
    if isinstance(response, Dropped):
        return Cancelled(title)
    return response.error if isinstance(response, Failed) else response.payload
