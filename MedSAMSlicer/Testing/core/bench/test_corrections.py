"""The corrections bench runs the real program, and corrections cost no more than their spans."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from medsam_core.bench.corrections import corrections_table, measure_corrections, wandering_object


def test_corrections_make_their_spans_alone_and_the_result_is_that_of_a_full_run() -> None:
    figures = measure_corrections(side=64, count=24)
    assert figures["equals_a_full_run"]
    assert [(r["slice"], r["slices"]) for r in figures["corrections"]] == [(5, 9), (15, 9)]
    assert figures["full"]["encoded_slices"] == 24
    assert "equal a run made anew" in corrections_table(figures)


def test_the_object_is_on_every_slice_and_never_the_same() -> None:
    areas = wandering_object(64, 10).sum(axis=(1, 2))
    assert areas.min() > 50 and len(set(areas.tolist())) == 10


def test_the_program_prints_a_table_and_writes_its_figures(tmp_path: Path) -> None:
    words = ["--side", "48", "--slices", "12", "--json", str(tmp_path / "figures.json")]
    program = [sys.executable, "-m", "medsam_core.bench.corrections", *words]
    home = Path(__file__).resolve().parents[3]
    run = subprocess.run(program, capture_output=True, text=True, check=True, cwd=home)
    assert "| all 1 corrections |" in run.stdout
    assert json.loads((tmp_path / "figures.json").read_text())["size_ijk"] == [48, 48, 12]
