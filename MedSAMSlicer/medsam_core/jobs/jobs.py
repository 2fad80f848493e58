"""What a face and a session ask of background work."""

from __future__ import annotations

from typing import Protocol

from medsam_core.jobs.request import Request
from medsam_core.jobs.response import Response


class Jobs(Protocol):
    """`Worker` and `Inline`. No method waits for the work, but for the two that say so."""

    @property
    def is_busy(self) -> bool:
        """Whether any request has not ended."""

    def submit(self, request: Request) -> None:
        """Have a request worked on, in place of older ones of its topic.

        Raises:
            MedSAMError: it was closed.
        """

    def cancel(self, topic: str | None = None) -> None:
        """End the requests of a topic, or all; each gives its `Dropped` when its work has ended."""

    def poll(self) -> list[Response]:
        """All responses since the last time, in the order in which they came about."""

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until every request has ended, at most `timeout` seconds.

        Returns:
            Whether they have; False too if the work stands still until responses are polled.
        """

    def close(self, timeout: float | None = None) -> bool:
        """End everything and take no more requests; responses can still be polled.

        Args:
            timeout: seconds to wait for the step that is under way; 0 for not waiting at all.

        Returns:
            Whether the work has ended.
        """
