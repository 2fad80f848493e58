"""A worker that starts the application's pump whenever it is given something to do."""

from __future__ import annotations

from medsam_core.jobs.request import Request
from medsam_core.jobs.response import Response
from medsam_core.jobs.worker import Worker
from MedSAMSlicerLib.job_pump import JobPump


class PumpedJobs:
    """See `medsam_core.jobs.jobs.Jobs`.

    Args:
        worker: does the work.
        pump: brings the answers.
    """

    def __init__(self, worker: Worker, pump: JobPump) -> None:
        self._worker, self._pump = worker, pump

    @property
    def is_busy(self) -> bool:
        """See `Jobs.is_busy`."""
        return self._worker.is_busy

    def submit(self, request: Request) -> None:
        """See `Jobs.submit`."""
        self._pump.wake()  # first: from then on the worker's thread collects no garbage
        self._worker.submit(request)

    def cancel(self, topic: str | None = None) -> None:
        """See `Jobs.cancel`."""
        self._worker.cancel(topic)
        self._pump.wake()

    def poll(self) -> list[Response]:
        """See `Jobs.poll`."""
        return self._worker.poll()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """See `Jobs.wait_idle`."""
        return self._worker.wait_idle(timeout)

    def close(self, timeout: float | None = None) -> bool:
        """See `Jobs.close`."""
        return self._worker.close(timeout)
