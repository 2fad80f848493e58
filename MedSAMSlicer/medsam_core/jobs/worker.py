"""One persistent thread that works on requests."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

from medsam_core.jobs.agenda import Handler
from medsam_core.jobs.request import Request
from medsam_core.jobs.response import Response
from medsam_core.jobs.runner import Runner

MOST_RESPONSES = 256


class Worker:
    """See `jobs.Jobs`; its methods may be called from any thread.

    Between two steps of a handler, and where it calls its `check`, the thread looks for what was cancelled
    and for what is more urgent: both take effect within one piece of work. The thread starts with the first
    request, sleeps while there is nothing to do, and ends with `close` or when the worker is forgotten.

    Args:
        handler: does the work; called on the thread.
        wake: called on the thread when there are responses to be polled. If it raises, the error comes as a
            `Failed` of `runner.WAKE_TOPIC`, and it is not called again.
        most_responses: with that many not polled the thread waits (cancelling and closing still work).
    """

    def __init__(
        self, handler: Handler, wake: Callable[[], None] | None = None, most_responses: int = MOST_RESPONSES
    ) -> None:
        self._runner = Runner(handler, wake, most_responses)
        self._thread = threading.Thread(target=_work, args=(self._runner,), name="medsam-worker", daemon=True)
        self._starting = threading.Lock()
        weakref.finalize(self, self._runner.stop)

    @property
    def is_busy(self) -> bool:
        """Whether any request has not ended."""
        return self._runner.is_busy

    def submit(self, request: Request) -> None:
        """See `jobs.Jobs.submit`."""
        self._runner.add(request)
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()

    def cancel(self, topic: str | None = None) -> None:
        """See `jobs.Jobs.cancel`."""
        self._runner.cancel(topic)

    def poll(self) -> list[Response]:
        """See `jobs.Jobs.poll`; never waits."""
        return self._runner.take()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """See `jobs.Jobs.wait_idle`."""
        return self._runner.wait_until_idle(timeout)

    def close(self, timeout: float | None = None) -> bool:
        """See `jobs.Jobs.close`."""
        self._runner.stop()
        with self._starting:
            started = self._thread.ident is not None
        if started and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()


def _work(runner: Runner) -> None:
    # The thread holds the runner, not the worker, so that a forgotten worker can end it.
    while runner.wait_for_work():
        runner.step()
        runner.announce()
