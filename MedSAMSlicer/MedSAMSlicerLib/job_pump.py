"""Answers of background work brought onto the application's thread, and time given to that work."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from typing import Protocol

from MedSAMSlicerLib.garbage import Garbage

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

    It keeps no source alive: Slicer before 5.10 does not tell an effect that it ends.

    Args:
        make_timer: makes a timer of interval zero over a slot (`qt_timer.zero_timer`).
        nap: gives the processor and Python's lock away for some seconds.
    """

    def __init__(
        self, make_timer: Callable[[Callable[[], None]], Timer], nap: Callable[[float], None] = time.sleep
    ) -> None:
        self._timer, self._nap = make_timer(self._beat), nap
        self._sources: list[weakref.ref[Source]] = []
        self._is_running = self._was_woken = False
        self._garbage = Garbage()

    @property
    def is_running(self) -> bool:
        """Whether work is pending, as far as the pump knows."""
        return self._is_running

    def follow(self, source: Source) -> None:
        """Serve one more source; `wake` starts it."""
        if source not in self._living():
            self._sources.append(weakref.ref(source))

    def forget(self, source: Source) -> None:
        """Serve it no more."""
        self._sources = [one for one in self._sources if one() not in (None, source)]

    def wake(self) -> None:
        """Work was given to somebody."""
        self._was_woken = True
        if not self._is_running:
            self._is_running = True
            self._garbage.hold()
            self._timer.start()

    def _beat(self) -> None:
        sources = self._living()
        self._was_woken = False
        # Read before the answers are taken: what ends in between is taken in by this very beat.
        is_busy = any(source.is_busy for source in sources)
        if is_busy:
            self._nap(NAP_SECONDS)
        for source in sources:
            source.take()
        self._garbage.collect_if_due()
        # Work given while answers were taken may have ended already, its own answer waits.
        if not is_busy and not self._was_woken:
            self._is_running = False
            self._garbage.release()
            self._timer.stop()

    def _living(self) -> list[Source]:
        living = [source for one in self._sources if (source := one()) is not None]
        if len(living) < len(self._sources):
            self._sources = [one for one in self._sources if one() is not None]
        return living
