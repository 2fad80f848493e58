"""Steps through the tasks of an agenda and keeps their responses; with a thread or without."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from medsam_core.errors import Cancelled, MedSAMError
from medsam_core.jobs.agenda import Agenda, Handler, Task
from medsam_core.jobs.request import Request
from medsam_core.jobs.response import Dropped, Failed, Finished, Progressed, Response

WAKE_TOPIC = "wake"
"""Topic of the `Failed` (request 0) that tells of a wake-up call that raised; it is not called again."""


class Runner:
    """The one place where requests, responses and the thread that works meet, under one lock.

    For each request exactly one `Finished`, `Failed` or `Dropped` comes, after it nothing.

    Args:
        handler: does the work; called on the thread that steps.
        wake: called on the thread that steps when there are responses to be taken.
        most_responses: with that many not taken, no step is begun; None for no bound.
        raises_too: errors that leave `step` as well, after their `Failed` was kept.
    """

    def __init__(
        self,
        handler: Handler,
        wake: Callable[[], None] | None,
        most_responses: int | None,
        raises_too: tuple[type[BaseException], ...] = (),
    ) -> None:
        self._handler = handler
        self._wake = wake
        self._most_responses = most_responses
        self._raises_too = raises_too
        self._agenda = Agenda()
        self._responses: deque[Response] = deque()
        self._has_news = False
        self._is_stopped = False
        self._changed = threading.Condition()

    @property
    def is_busy(self) -> bool:
        """Whether any request has not ended."""
        with self._changed:
            return len(self._agenda) > 0

    def add(self, request: Request) -> None:
        """Put a request on the agenda in place of older ones of its topic.

        Raises:
            MedSAMError: it was stopped.
        """
        with self._changed:
            if self._is_stopped:
                raise MedSAMError("background work", "was ended", "begin it anew")
            self._drop_topic(request.topic)
            self._agenda.add(request)
            self._changed.notify_all()

    def cancel(self, topic: str | None) -> None:
        """End the requests of a topic, or all."""
        with self._changed:
            self._drop_topic(topic)
            self._changed.notify_all()

    def stop(self) -> None:
        """End everything; no request is taken any more."""
        with self._changed:
            self._is_stopped = True
            self._drop_topic(None)
            self._changed.notify_all()

    def take(self) -> list[Response]:
        """All responses since the last time."""
        with self._changed:
            taken = list(self._responses)
            self._responses.clear()
            self._changed.notify_all()
            return taken

    def wait_for_work(self) -> bool:
        """Sleep until there is something to do; False once it was stopped and all has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_news or self._is_stopped or self._next(None) is not None)
            return not self._is_stopped or len(self._agenda) > 0 or self._has_news

    def wait_until_idle(self, timeout: float | None) -> bool:
        """Sleep until every request has ended; False if time ran out or responses must be taken first."""
        with self._changed:
            self._changed.wait_for(lambda: not self._agenda or self._is_held_back(), timeout)
            return not self._agenda

    def step(self, above: Task | None = None) -> bool:
        """Do one step of the most urgent task; False if there is none (or none above the given one)."""
        with self._changed:
            task = self._next(above)
            if task is None:
                return False
            task.is_stepping = True
        response = _closed(task) if task.is_cancelled else self._stepped(task)
        self._settle(task, response)
        if isinstance(response, Failed) and isinstance(response.error, self._raises_too):
            raise response.error
        return True

    def announce(self) -> None:
        """Call `wake` if there are responses that it was not called for."""
        with self._changed:
            wake = self._wake if self._has_news else None
            self._has_news = False
        if wake is None:
            return
        try:
            wake()
        except self._raises_too:
            raise
        except BaseException as error:  # noqa: BLE001 - the edge: what takes the responses gets it
            with self._changed:
                self._wake = None
                self._responses.append(Failed(0, WAKE_TOPIC, error))

    def _stepped(self, task: Task) -> Response:
        request = task.request
        try:
            if task.steps is None:
                task.steps = self._handler(request, lambda: self._check(task))
            task.last = next(task.steps)
        except StopIteration:
            return Finished(request.id, request.topic, task.last)
        except BaseException as error:  # noqa: BLE001 - the edge: MemoryError and SystemExit are told too
            if task.is_cancelled and isinstance(error, Cancelled):
                return Dropped(request.id, request.topic)
            return Failed(request.id, request.topic, error)
        return Progressed(request.id, request.topic, task.last)

    def _check(self, task: Task) -> None:
        """What handlers call before each long piece of work: steps what is more urgent, right here."""
        while not task.is_cancelled and self.step(above=task):
            self.announce()
        if task.is_cancelled:
            raise Cancelled("background work")

    def _settle(self, task: Task, response: Response) -> None:
        with self._changed:
            task.is_stepping = False
            if isinstance(response, Progressed):
                if not task.is_cancelled:  # else it is closed at its next turn, and nothing of it is told
                    self._tell(response)
                return
            if task.is_cancelled and isinstance(response, Finished):
                response = Dropped(response.request_id, response.topic)
            task.steps = task.last = None
            self._agenda.remove(task)
            self._tell(response)

    def _drop_topic(self, topic: str | None) -> None:
        for task in self._agenda.cancel(topic):
            self._tell(Dropped(task.request.id, task.request.topic))

    def _tell(self, response: Response) -> None:
        self._responses.append(response)
        self._has_news = True
        self._changed.notify_all()

    def _next(self, above: Task | None) -> Task | None:
        task = self._agenda.best(above)
        return None if task is None or (self._is_full() and not task.is_cancelled) else task

    def _is_full(self) -> bool:
        return self._most_responses is not None and len(self._responses) >= self._most_responses

    def _is_held_back(self) -> bool:
        task = self._agenda.best()
        return self._is_full() and task is not None and not task.is_cancelled


def _closed(task: Task) -> Response:
    """End a task that was begun: its `finally` runs here, on the thread that ran the rest of it."""
    request = task.request
    try:
        if task.steps is not None:
            task.steps.close()
    except BaseException as error:  # noqa: BLE001 - the edge, as in `_stepped`
        return Failed(request.id, request.topic, error)
    return Dropped(request.id, request.topic)
