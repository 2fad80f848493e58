"""Errors of every kind leave by one door."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from medsam_core.cli import edge


def _failing(error: BaseException) -> edge.Program:
    """A program that cannot even load its commands."""

    def load() -> Callable[..., object]:
        raise error

    return edge.Program("try-me", load, after_interrupt="nothing is lost", no_memory="; close something")


def test_an_error_of_ours_is_told_apart_from_bad_input(capfd: pytest.CaptureFixture[str]) -> None:
    assert edge.run_program(_failing(ZeroDivisionError("of\nours")), []) == 1
    err = capfd.readouterr().err
    assert err.count("\n") == 1 and "--debug" in err and "try-me" in err
    assert "ZeroDivisionError: of ours" in err


def test_each_program_says_in_its_own_words_what_a_stop_leaves(capfd: pytest.CaptureFixture[str]) -> None:
    assert edge.run_program(_failing(MemoryError()), []) == 2
    assert edge.run_program(_failing(KeyboardInterrupt()), []) == 130
    assert edge.run_program(_failing(edge.Interrupted("a.nii.gz", "is half there", "run again")), []) == 130
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "error: memory: there is not enough; close something"
    assert lines[1] == "error: interrupted: stopped by Ctrl-C; nothing is lost"
    assert lines[2] == "error: a.nii.gz: is half there; run again"


@pytest.mark.parametrize("words", [[], ["--help"], ["--version"], ["models"], ["segment", "--help"]])
def test_help_goes_to_stdout_and_is_no_error(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert edge.main(words) == 0
    out, err = capfd.readouterr()
    assert out and not err


def test_the_exit_code_reaches_the_shell() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "medsam_core", "segmnt"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr.startswith("error: ") and "segment" in run.stderr
