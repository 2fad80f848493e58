"""A viewer as a user starts it: the command in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PATIENCE = 120.0


class ViewerProcess:
    """Runs `medsam-slicer view` until it is left.

    Args:
        words: after "view".

    Attributes:
        seconds: until the link was printed.
        link: the printed one.
    """

    def __init__(self, *words: str) -> None:
        started = time.monotonic()
        command = [sys.executable, "-m", "medsam_core", "--debug", "view", *words]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment()
        )
        self._lines: list[str] = []
        self._has_link = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._has_link.wait(PATIENCE):
            self.close()
            raise AssertionError(f"the viewer printed no link: {self.log[-3000:]}")
        found = re.search(r"Open (http\S+)", self.log)
        assert found, self.log[-3000:]
        self.link = found.group(1)
        self.seconds = time.monotonic() - started

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return self.link.partition("/index.html")[0]

    @property
    def log(self) -> str:
        """All that it said."""
        return "".join(self._lines)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def complaints(self) -> list[str]:
        """Lines of the log that tell of errors."""
        bad = ("Traceback", "ERR|", "ERROR", "Error:", "WARN|", "Warning:")
        return [line for line in self._lines if any(word in line for word in bad)]

    def memory_mb(self) -> int:
        """What the process holds now; 0 where the system does not tell."""
        status = Path(f"/proc/{self._process.pid}/status")
        if not status.exists():
            return 0
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
        return int(found.group(1)) // 1024 if found else 0

    def close(self) -> int:
        """Press Ctrl+C; returns the exit code."""
        if self.is_running:
            self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(20)
        finally:
            self._reader.join(5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)
            if line.startswith("Open "):
                self._has_link.set()
        self._has_link.set()


def _environment() -> dict[str, str]:
    home = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": home}
