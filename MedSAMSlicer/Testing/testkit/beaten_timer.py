"""An application's event loop that a test beats by hand."""

from __future__ import annotations

import time
from collections.abc import Callable

from MedSAMSlicerLib.job_pump import JobPump


class BeatenTimer:
    """A timer over a slot."""

    def __init__(self, slot: Callable[[], None]) -> None:
        self.slot, self.is_on = slot, False

    def start(self) -> None:
        self.is_on = True

    def stop(self) -> None:
        self.is_on = False


class AnEventLoop:
    """Has a pump; beats it until something has happened."""

    def __init__(self) -> None:
        self.timers: list[BeatenTimer] = []
        self.pump = JobPump(self._made)

    def until(self, happened: Callable[[], bool], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, "it did not happen"
            for timer in self.timers:
                if timer.is_on:
                    timer.slot()

    def _made(self, slot: Callable[[], None]) -> BeatenTimer:
        self.timers.append(BeatenTimer(slot))
        return self.timers[-1]
