"""Qt's timer for the job pump."""

from __future__ import annotations

from collections.abc import Callable

import qt


def zero_timer(slot: Callable[[], None]) -> qt.QTimer:
    """A timer that calls a slot whenever the event loop has nothing else to do; it is not started yet."""
    timer = qt.QTimer()
    timer.interval = 0
    timer.connect("timeout()", slot)
    return timer
