"""What the panel is doing: one thing at a time, with the model if it needs one; and what it says of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from medsam_core.errors import Cancelled
from MedSAMSlicerLib.background_run import BackgroundRun, IsCancelled, Progress, RunProgress, Work
from MedSAMSlicerLib.error_words import error_words
from MedSAMSlicerLib.result_words import result_words
from MedSAMSlicerLib.workshop import ModelPhase, Workshop

if TYPE_CHECKING:
    from medsam_core.inference.model import Model
    from medsam_core.mrml.segment_plan import Plan
    from medsam_core.segmentation_result import SegmentationResult

ModelWork = Callable[["Model", Progress, IsCancelled], object]
Done = Callable[[Any], None]
Failed = Callable[[], None]


def _nothing() -> None:
    """What follows a failure that nobody minds."""


class PanelWork:
    """Long work asked for in the panel; every method returns at once, and errors become the message.

    Args:
        workshop: has the model.
        changed: called after every change of progress or message.

    Attributes:
        message: what was done last, or what went wrong.
        is_warning: which of the two.
        seconds: what the last piece of work took.
        last_result: of the last segmentation.
    """

    def __init__(self, workshop: Workshop, changed: Callable[[], None] = lambda: None) -> None:
        self._workshop, self._changed = workshop, changed
        self._run = BackgroundRun(workshop.pump, changed)
        self._stop_observing = workshop.observe(self._model_may_be_there)
        self._waiting: tuple[Callable[[Model], None], Failed] | None = None
        self._started = 0.0
        self.message, self.is_warning, self.seconds = "", False, 0.0
        self.last_result: SegmentationResult | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is under way, the model's loading included."""
        return self._waiting is not None or self._run.is_running

    @property
    def progress(self) -> RunProgress | None:
        """How far it is; None if nothing is under way."""
        if self._waiting is not None:
            return RunProgress(self._workshop.sentence, seconds=time.monotonic() - self._started)
        return self._run.progress

    def tell(self, sentence: str) -> None:
        """Say what was done."""
        self.message, self.is_warning = sentence, False
        self._changed()

    def warn(self, sentence: str) -> None:
        """Say what went wrong."""
        self.message, self.is_warning = sentence, True
        self._changed()

    def guarded(self, subject: str, action: Callable[[], object]) -> bool:
        """Do something short; False if it failed, and then the message says why."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - the edge that tells the user
            self.warn(error_words(error, subject))
            return False
        return True

    def start(self, title: str, work: Work, done: Done, failed: Failed = _nothing) -> None:
        """Work that needs no model.

        Args:
            title: for the user.
            work: runs on the thread.
            done: called with what it returned, unless it failed or was cancelled.
            failed: called if it failed, after the message was set.
        """
        self._waiting = None
        self.tell("")
        self._begin(title, work, done, failed)

    def start_with_model(self, title: str, work: ModelWork, done: Done, failed: Failed = _nothing) -> None:
        """Work with the chosen model, which is loaded first if need be; see `start`."""
        self.tell("")
        self._started = time.monotonic()

        def begin(model: Model) -> None:
            with_it = partial(work, model)
            self._begin(title, with_it, done, failed)

        self._waiting = (begin, failed)
        if self._workshop.phase is ModelPhase.FAILED:
            self._workshop.retry()
        self._workshop.need_model()
        self._model_may_be_there()

    def carry_out(self, title: str, plan: Plan, done: Done, failed: Failed = _nothing) -> None:
        """Compute a plan and put it into the scene; `done` gets the segmentation node."""
        workshop = self._workshop

        def work(model: Model, progress: Progress, is_cancelled: IsCancelled) -> object:
            return model, plan.compute(model, workshop.cache, progress=progress, cancel=is_cancelled)

        def put(answer: tuple[Model, SegmentationResult]) -> None:
            model, self.last_result = answer
            node = plan.put(self.last_result, model)
            self.tell(result_words(self.last_result, self.seconds, plan.slices))
            done(node)

        self.start_with_model(title, work, put, failed)

    def cancel(self) -> None:
        """End what is under way; the message says so when it has ended."""
        if self._waiting is not None:
            self._waiting = None
            self.tell("Cancelled; nothing was written.")
        self._run.cancel()

    def drop(self) -> None:
        """The scene is gone: end what is under way, and put nothing into the next one."""
        self._waiting = None
        self._run.forget()
        self.last_result = None
        self.tell("")

    def close(self) -> None:
        """The panel is gone."""
        self._waiting = None
        self._stop_observing()
        self._run.close()

    def _begin(self, title: str, work: Work, done: Done, failed: Failed) -> None:
        self._started = time.monotonic()
        self._run.start(title, work, lambda answer: self._ended(title, answer, done, failed))

    def _ended(self, title: str, answer: object, done: Done, failed: Failed) -> None:
        self.seconds = time.monotonic() - self._started
        if isinstance(answer, Cancelled):
            self.tell("Cancelled; nothing was written.")
        elif isinstance(answer, BaseException):
            self.warn(error_words(answer, title))
            failed()
        elif not self.guarded(title, lambda: done(answer)):
            failed()
        self._changed()

    def _model_may_be_there(self) -> None:
        waiting = self._waiting
        if waiting is None or self._workshop.phase is ModelPhase.LOADING:
            return
        self._waiting = None
        model = self._workshop.model
        if model is None:
            self.warn(self._workshop.sentence)
            waiting[1]()
        else:
            waiting[0](model)
