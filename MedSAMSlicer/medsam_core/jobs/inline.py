"""The same as a worker without a thread: for scripts and tests."""

from __future__ import annotations

from collections.abc import Callable

from medsam_core.jobs.agenda import Handler
from medsam_core.jobs.request import Request
from medsam_core.jobs.response import Response
from medsam_core.jobs.runner import Runner


class Inline:
    """See `jobs.Jobs`; a request is worked on while it is submitted.

    Args:
        handler: does the work.
        wake: called after each step; it may poll, submit and cancel. What is submitted there is worked on
            before the outermost `submit` returns.
    """

    def __init__(self, handler: Handler, wake: Callable[[], None] | None = None) -> None:
        # Ctrl+C must reach the terminal, whatever the handler was doing.
        self._runner = Runner(handler, wake, None, raises_too=(KeyboardInterrupt, SystemExit))
        self._is_running = False

    @property
    def is_busy(self) -> bool:
        """Whether any request has not ended: during `submit` only."""
        return self._runner.is_busy

    def submit(self, request: Request) -> None:
        """Work on a request to its end.

        Raises:
            MedSAMError: it was closed.
        """
        self._runner.add(request)
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._runner.step():
                self._runner.announce()
        except BaseException:
            self._runner.cancel(None)
            while self._runner.step():
                pass
            raise
        finally:
            self._is_running = False

    def cancel(self, topic: str | None = None) -> None:
        """See `jobs.Jobs.cancel`; to be called from `wake`."""
        self._runner.cancel(topic)

    def poll(self) -> list[Response]:
        """See `jobs.Jobs.poll`."""
        return self._runner.take()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """See `jobs.Jobs.wait_idle`."""
        return not self.is_busy

    def close(self, timeout: float | None = None) -> bool:
        """See `jobs.Jobs.close`."""
        self._runner.stop()
        return not self.is_busy
