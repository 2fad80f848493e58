"""Python's garbage collection, kept on the application's thread while another one works."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

YOUNG_SECONDS, ALL_SECONDS = 1.0, 300.0
"""How often young garbage is collected, and how often all of it."""


class Garbage:
    """Whatever thread allocates collects; and what it deletes may be a widget that somebody left in a cycle.

    A widget that is deleted on another thread than the application's takes Slicer down (tried: a segmentation
    fault). So while our threads work, nothing is collected by itself, but by the application's thread here.

    Args:
        clock: tells seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_held = False
        self._young = self._all = 0.0

    def hold(self) -> None:
        """Another thread begins to work."""
        if gc.isenabled():  # else somebody has reasons of their own
            gc.disable()
            self._is_held = True
        self._young = self._all = self._clock()

    def collect_if_due(self) -> None:
        """To be called again and again on the application's thread meanwhile."""
        now = self._clock()
        if not self._is_held or now - self._young < YOUNG_SECONDS:
            return
        is_all_due = now - self._all >= ALL_SECONDS
        gc.collect(2 if is_all_due else 1)
        self._young, self._all = now, now if is_all_due else self._all

    def release(self) -> None:
        """No other thread works."""
        if self._is_held:
            gc.enable()
            self._is_held = False
