"""Models loaded on a thread of their own: importing PyTorch alone takes seconds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medsam_core.errors import Cancelled, MedSAMError
from medsam_core.jobs.agenda import Check
from medsam_core.jobs.request import Request
from medsam_core.jobs.response import Failed, Finished
from medsam_core.jobs.worker import Worker
from MedSAMSlicerLib.job_pump import JobPump
from MedSAMSlicerLib.model_choice import ModelChoice
from MedSAMSlicerLib.pumped_jobs import PumpedJobs

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

Progress = Callable[[int, int, str], None]
Load = Callable[[ModelChoice, Progress, Callable[[], bool]], "Model"]


@dataclass(frozen=True)
class LoadRequest(Request):
    """Load a model. Answer: the model."""

    choice: ModelChoice


class ModelLoader:
    """Loads one model at a time; a newer choice takes the place of an older one under way.

    Args:
        load: loads, on the thread; told of progress, and asked whether to end.
        pump: brings the answer.
        ended: called with the choice and its model, or the error.

    Attributes:
        progress: of the model under way: (steps done, steps, what is being done).
    """

    def __init__(
        self, load: Load, pump: JobPump, ended: Callable[[ModelChoice, Model | BaseException], None]
    ) -> None:
        self._load, self._ended = load, ended
        self._jobs = PumpedJobs(Worker(self._work), pump)
        self._numbers = itertools.count(1)
        self._asked: LoadRequest | None = None
        self.progress: tuple[int, int, str] = (0, 1, "")
        pump.follow(self)

    @property
    def is_busy(self) -> bool:
        """Whether a model is being loaded."""
        return self._jobs.is_busy

    @property
    def is_asked(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None

    def ask(self, choice: ModelChoice) -> None:
        """Load a model; returns at once."""
        self._asked = LoadRequest(next(self._numbers), "model", 0, choice)
        self.progress = (0, 1, "")
        self._jobs.submit(self._asked)

    def cancel(self) -> None:
        """Load nothing after all; nothing is told of it."""
        self._asked = None
        self._jobs.cancel()

    def take(self) -> None:
        """See `job_pump.Source`."""
        for response in self._jobs.poll():
            asked = self._asked
            if asked is None or response.request_id != asked.id:
                continue
            if isinstance(response, Finished | Failed):
                self._asked = None
                answer = response.error if isinstance(response, Failed) else response.payload
                self._ended(asked.choice, answer)  # type: ignore[arg-type]

    def close(self, timeout: float = 0) -> None:
        """End the thread; waits some seconds for what is under way."""
        self.cancel()
        self._jobs.close(timeout)

    def _work(self, request: LoadRequest, check: Check) -> Generator[object, None, None]:
        def tell(done: int, count: int, what: str) -> None:
            self.progress = (done, count, what)

        def is_cancelled() -> bool:
            try:
                check()
            except Cancelled:
                return True
            return False

        yield self._load(request.choice, tell, is_cancelled)


def sentence_of(error: BaseException) -> str:
    """What to tell the user of a model that could not be loaded."""
    if isinstance(error, MedSAMError):
        return str(error)
    told = " ".join(f"{type(error).__name__} {error}".split())[:200]
    return f"the model: could not be loaded ({told}); choose another one, or install it anew"
