"""A row of the table comes from a real run and a real evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medsam_core.errors import OutputError
from medsam_training.fit.config_file import read_config
from medsam_training.methods.__main__ import main
from medsam_training.methods.measured_row import Row, measure_row
from medsam_training.methods.method_rows import METHODS, SHARED
from medsam_training.methods.table import table

QUICK = ["loop.epochs=1", "loop.steps_per_epoch=2", "loop.device=cpu", "data.validation_slices=2"]


def test_the_same_command_goes_on_and_writes_the_same_table(
    shapes_set: Path, starts: dict[str, Path], tmp_path: Path
) -> None:
    words = ["--data", str(shapes_set), "--from", str(starts["demo"]), "--out", str(tmp_path)]
    words += ["--methods", "adapter", "--most", "3"]
    words += [word for change in QUICK for word in ("--set", change)]
    main(words)
    (row,) = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))
    assert 0 < row["trained_weights"] < row["weights"]
    assert 0 <= row["dsc_before"] <= 1 and 0 <= row["dsc_after"] <= 1
    assert row["objects"] == 3
    first, written = (
        (tmp_path / "table.md").read_text(encoding="utf-8"),
        (tmp_path / "adapter/last.ckpt").stat().st_mtime_ns,
    )
    assert "adapter" in first
    main(words)
    assert (tmp_path / "table.md").read_text(encoding="utf-8") == first
    assert (tmp_path / "adapter/last.ckpt").stat().st_mtime_ns == written


def test_a_command_that_fails_ends_the_table(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="fit --preset: failed"):
        measure_row("lora", tmp_path / "no data", "demo", tmp_path / "out")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_a_valid_run(method: str) -> None:
    preset, own = METHODS[method]
    assert read_config(preset=preset, changes=[*SHARED, *own]).loop.steps_per_epoch == 40


def test_a_table_is_read_at_a_glance() -> None:
    text = table([Row("lora", 1_000, 100_000, 12.4, 2345.0, 0.81, 0.84219, 0.00001, 50)])
    assert "| lora | 1,000 (1.0 %) | 12 | 2.35 GB | 0.8100 | 0.8422 | < 0.001 |" in text
