"""Handlers for tests of background work: they yield, wait, raise and keep a diary, as asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from medsam_core.jobs.agenda import Check
from medsam_core.jobs.request import Request


@dataclass(frozen=True)
class Script(Request):
    """Yields 0, 1, ... `steps` - 1; calls `at[n]` before step n (n == steps: before it ends)."""

    steps: int = 1
    at: dict[int, Callable[[Check], object]] = field(default_factory=dict)


@dataclass
class ScriptHandler:
    """Runs scripts.

    Attributes:
        diary: (request id, step) in the order in which they were done; "begun" and "ended" too.
    """

    diary: list[tuple[int, object]] = field(default_factory=list)

    def __call__(self, request: Request, check: Check) -> Generator[object, None, None]:
        assert isinstance(request, Script)
        self.diary.append((request.id, "begun"))
        try:
            for step in range(request.steps):
                request.at.get(step, _nothing)(check)
                self.diary.append((request.id, step))
                yield step
            request.at.get(request.steps, _nothing)(check)
        finally:
            self.diary.append((request.id, "ended"))

    def steps(self) -> list[tuple[int, object]]:
        """The diary without beginnings and ends."""
        return [entry for entry in self.diary if isinstance(entry[1], int)]


@dataclass
class Gate:
    """A place in a script that the test reaches and opens."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def __call__(self, check: Check) -> None:
        self.reached.set()
        assert self.opened.wait(20), "nobody opened the gate"

    def wait(self) -> None:
        """Until the script stands at it."""
        assert self.reached.wait(20), "the script never came to the gate"

    def open(self) -> None:
        """Let the script go on."""
        self.opened.set()


def raising(error: BaseException) -> Callable[[Check], object]:
    """A step that raises."""

    def step(check: Check) -> object:
        raise error

    return step


def _nothing(check: Check) -> None:
    return None
