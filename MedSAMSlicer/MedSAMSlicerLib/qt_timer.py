"""Qt's timers, for what knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Callable

import qt

PAUSE_MS = 250


def zero_timer(slot: Callable[[], None]) -> qt.QTimer:
    """A timer that calls a slot whenever the event loop has nothing else to do; it is not started yet."""
    timer = qt.QTimer()
    timer.interval = 0
    timer.connect("timeout()", slot)
    return timer


def pause_timer(slot: Callable[[], None], milliseconds: int = PAUSE_MS) -> qt.QTimer:
    """A timer that calls a slot once, some time after it was started for the last time."""
    timer = qt.QTimer()
    timer.setSingleShot(True)
    timer.interval = milliseconds
    timer.connect("timeout()", slot)
    return timer
