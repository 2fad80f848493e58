"""Keeping C and C++ libraries from writing to the user's terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_lock = threading.RLock()


@contextlib.contextmanager
def native_stderr_silenced() -> Iterator[None]:
    """Send file descriptor 2 to nowhere while a native decoder runs.

    ITK's own warnings have a switch, but GDCM, libtiff and libjpeg print by themselves, and a user is
    promised one line per error. What they have to say arrives as an exception anyway. The descriptor
    belongs to the whole process: keep the block short.
    """
    with _lock:
        sys.stderr.flush()
        try:
            saved = os.dup(2)
        except OSError:  # a program without a terminal (a Windows service, a GUI) has no descriptor 2
            yield
            return
        try:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a descriptor is wanted, not a file)
                os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
