"""`medsam-train` leaves by the same door as `medsam-slicer`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from medsam_training.cli import main


@pytest.mark.parametrize("words", [[], ["--help"], ["--version"], ["fit", "--help"], ["pretrain", "--help"]])
def test_help_goes_to_stdout_and_is_no_error(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    out, err = capfd.readouterr()
    assert out and not err


def test_a_typo_is_one_line_and_the_code_reaches_the_shell() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "medsam_training.cli", "fti"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr.startswith("error: medsam-train: ") and run.stderr.count("\n") == 1


def test_bad_input_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--resume"]) == 2
    err = capfd.readouterr().err
    assert err.startswith("error: --resume: ") and err.count("\n") == 1
