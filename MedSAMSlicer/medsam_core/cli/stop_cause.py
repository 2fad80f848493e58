"""What stopped a program: Ctrl-C, or SIGTERM, by which schedulers and torchrun end a process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class StopCause:
    """Why a program that gets a KeyboardInterrupt is to end.

    Attributes:
        by_sigterm: whether SIGTERM has come.
    """

    by_sigterm: bool = False

    def __str__(self) -> str:
        return "SIGTERM, as schedulers and kill send it" if self.by_sigterm else "Ctrl-C"


@contextmanager
def stop_cause() -> Iterator[StopCause]:
    """Let SIGTERM do what Ctrl-C does: KeyboardInterrupt, so that whatever is half written is removed.

    A second one changes nothing: the first is being seen to. Processes that were forked from this one end by
    it at once, as ever. On another thread than the first, which alone may ask for signals, nothing changes.
    """
    cause, owner = StopCause(), os.getpid()

    def stop(number: int, _: object) -> None:
        if os.getpid() != owner:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif not cause.by_sigterm:
            cause.by_sigterm = True
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield cause
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield cause
    finally:
        signal.signal(signal.SIGTERM, before)
