"""Answers of background work brought onto the application's thread, and time given to that work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

# Slicer's event loop holds Python's lock, and another thread gets it only while the loop's own thread sleeps:
# without any sleep a worker did nothing at all in 5 s. Below 2 ms it is starved, above 4 ms the mouse lags.
NAP_SECONDS = 0.003


class Timer(Protocol):
    """What is needed of a `QTimer`."""

    def start(self) -> object:
        """Call the slot again and again, whenever the event loop has nothing else to do."""

    def stop(self) -> object:
        """Call it no more."""


class Source(Protocol):
    """Somebody who waits for background work."""

    @property
    def is_busy(self) -> bool:
        """Whether any work has not ended."""

    def take(self) -> None:
        """Take in what was answered, and show it. Never waits; tells of errors itself."""


class JobPump:
    """One for each application: while work is pending it naps and drains, else it stands still.

    Args:
        make_timer: makes a timer of interval zero over a slot (`qt_timer.zero_timer`).
        nap: gives the processor and Python's lock away for some seconds.
    """

    def __init__(
        self, make_timer: Callable[[Callable[[], None]], Timer], nap: Callable[[float], None] = time.sleep
    ) -> None:
        self._timer, self._nap = make_timer(self._beat), nap
        self._sources: list[Source] = []
        self._is_running = False

    @property
    def is_running(self) -> bool:
        """Whether work is pending, as far as the pump knows."""
        return self._is_running

    def follow(self, source: Source) -> None:
        """Serve one more source; `wake` starts it."""
        if source not in self._sources:
            self._sources.append(source)

    def forget(self, source: Source) -> None:
        """Serve it no more."""
        if source in self._sources:
            self._sources.remove(source)

    def wake(self) -> None:
        """Work was given to somebody."""
        if not self._is_running:
            self._is_running = True
            self._timer.start()

    def _beat(self) -> None:
        # Read before the answers are taken: what ends in between is taken in by this very beat.
        is_busy = any(source.is_busy for source in self._sources)
        if is_busy:
            self._nap(NAP_SECONDS)
        for source in tuple(self._sources):
            source.take()
        if not is_busy and not any(source.is_busy for source in self._sources):
            self._is_running = False
            self._timer.stop()
