"""SIGTERM ends a program as Ctrl-C does, and is told apart from it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from medsam_core.cli.stop_cause import stop_cause

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")

ENDED = """
import os, signal, time
from medsam_core.cli import edge

def load():
    try:
        os.kill(os.getpid(), signal.{name})
        time.sleep(9)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)  # the tidying up is not disturbed by a second one
        print("tidied")

program = edge.Program("try-me", load, after_interrupt="nothing is lost", no_memory="")
raise SystemExit(edge.run_program(program, []))
"""


def ended_by(name: str) -> tuple[int, str, str]:
    run = subprocess.run(
        [sys.executable, "-c", ENDED.replace("{name}", name)], capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout, run.stderr


def test_a_program_that_is_told_to_end_tidies_up_and_says_why() -> None:
    why = "SIGTERM, as schedulers and kill send it"
    assert ended_by("SIGTERM") == (
        130,
        "tidied\n",
        f"error: interrupted: stopped by {why}; nothing is lost\n",
    )


def test_what_was_there_before_is_there_after() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_cause() as cause:
        assert signal.getsignal(signal.SIGTERM) is not before
        assert str(cause) == "Ctrl-C"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_forked_process_ends_at_once() -> None:
    with stop_cause():
        child = os.fork()
        if not child:
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            finally:
                os._exit(7)
        _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGTERM


def test_other_threads_leave_signals_alone() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work() -> None:
        with stop_cause():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
