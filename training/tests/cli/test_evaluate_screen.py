"""The table that `evaluate` prints tells its columns apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from medsam_training.cli.evaluate_screen import print_findings
from medsam_training.evaluate.findings import Figure, Findings
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.row import Variant
from medsam_training.evaluate.run import Evaluation
from medsam_training.evaluate.summary import Estimate


def columns(names: tuple[tuple[str, int | None], ...], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Headings of the table for the main variants of these models at these sizes."""
    main = tuple(Variant(model, "box", size) for model, size in names)
    mean = Estimate(0.8, None, None, 3, 3, 3)
    figures = tuple(Figure(v, "liver", None, None, mean, mean, mean, "mm", -0.25) for v in main)
    evaluation = Evaluation(Plan(), (), "test", (), (), {}, (), 0, 1.0)
    print_findings(evaluation, Findings(main, figures, (), (), ()), Path("out"))
    return re.split(r"  +", capsys.readouterr().out.splitlines()[0].strip())


def test_each_model_has_its_own_columns(capsys: pytest.CaptureFixture[str]) -> None:
    found = columns((("LoRA", 64), ("SAM", 64), ("ellipse", None)), capsys)
    assert found == [
        "set",
        "patients",
        "objects",
        *("LoRA DSC", "LoRA NSD", "SAM DSC", "SAM NSD", "ellipse DSC", "ellipse NSD"),
        "LoRA error to ellipse's",
        "SAM error to ellipse's",
    ]


def test_one_model_at_two_sizes_is_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    found = columns((("SAM", 64), ("SAM", 128)), capsys)
    assert {"SAM 64 DSC", "SAM 128 DSC", "SAM 64 error to ellipse's"} < set(found)
    assert len(set(found)) == len(found)
