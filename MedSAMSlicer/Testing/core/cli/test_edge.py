"""Errors of every kind leave by one door."""

from __future__ import annotations

import subprocess
import sys

import pytest

from medsam_core.cli import edge


def test_an_error_of_ours_is_told_apart_from_bad_input(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(words: list[str]) -> int:
        raise ZeroDivisionError("of\nours")

    monkeypatch.setattr(edge, "_run", broken)
    assert edge.main([]) == 1
    err = capfd.readouterr().err
    assert err.count("\n") == 1 and "--debug" in err and "ZeroDivisionError: of ours" in err


def test_too_little_memory_is_said_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def greedy(words: list[str]) -> int:
        raise MemoryError

    monkeypatch.setattr(edge, "_run", greedy)
    assert edge.main([]) == 2
    assert "smaller volume or model" in capfd.readouterr().err


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
