"""Where a session's questions go out and the answers come in; stale ones end here."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from medsam_core.jobs.jobs import Jobs
from medsam_core.jobs.request import Request
from medsam_core.jobs.response import Failed, Progressed, Response

Receive = Callable[[Response], None]


class Desk:
    """Numbers the questions, and knows for each topic which one still counts.

    Args:
        jobs: what works on them.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._numbers = itertools.count(1)
        self._open: dict[str, tuple[int, Receive]] = {}

    def ask(self, kind: type[Request], topic: str, priority: int, receive: Receive, *fields: object) -> None:
        """Send a question in place of an open one of its topic.

        Args:
            kind: class of the request.
            topic, priority: of the request.
            receive: is given each response that comes while the question counts.
            fields: the rest of the request.
        """
        number = next(self._numbers)
        self._open[topic] = (number, receive)
        self._jobs.submit(kind(number, topic, int(priority), *fields))

    def withdraw(self, topic: str | None = None) -> None:
        """Let the question of a topic (all, for None) count no more, and end the work on it."""
        for one in list(self._open) if topic is None else [topic]:
            self._open.pop(one, None)
        self._jobs.cancel(topic)

    def is_open(self, topic: str) -> bool:
        """Whether a question of this topic waits for its last response."""
        return topic in self._open

    def responses(self) -> Iterator[tuple[Response, Receive]]:
        """What came in, with who is to receive it; looked up as it is reached, for one may withdraw another.

        An error that belongs to no question (a wake-up call that failed) comes with a receiver that does
        nothing.
        """
        while batch := self._jobs.poll():  # again, for taking one in may have led to another at once
            for response in batch:
                number, receive = self._open.get(response.topic, (0, _nobody))
                if response.request_id != number:
                    continue
                if not isinstance(response, Progressed):
                    self._open.pop(response.topic, None)
                if receive is not _nobody or isinstance(response, Failed):
                    yield response, receive


def _nobody(response: Response) -> None:
    return None
