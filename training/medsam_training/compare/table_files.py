"""The table as CSV and JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medsam_core.atomic_file import atomic_output
from medsam_core.version import VERSION
from medsam_training.compare.competitor import Competitor
from medsam_training.compare.table import ComparisonTable, Line
from medsam_training.evaluate.result_files import as_cell
from medsam_training.evaluate.run import Evaluation
from medsam_training.evaluate.summary import Estimate

SCHEMA = "medsam-comparison/1"


def write_csv(table: ComparisonTable, path: Path) -> None:
    """A line for each competitor on all sets (set "all"), then on each."""
    rows = [_row(line) for line in table.lines]
    with (
        atomic_output(path, overwrite=True) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: as_cell(value) for name, value in row.items()} for row in rows)


def write_json(
    table: ComparisonTable, evaluation: Evaluation, competitors: Sequence[Competitor], path: Path
) -> None:
    """The same lines, how they were measured, and what is known of each competitor."""
    values = {
        "schema": SCHEMA,
        "program": VERSION,
        "split": evaluation.split,
        "plan": evaluation.plan.to_json(),
        "competitors": [{"name": one.name, **one.contestant.about} for one in competitors],
        "lines": [_row(line) for line in table.lines],
        "sentences": table.sentences(),
        "left_out": evaluation.left_out,
        "notes": list(evaluation.notes),
    }
    with atomic_output(path, overwrite=True) as temporary:
        text = json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def _row(line: Line) -> dict[str, Any]:
    figure, test = line.figure, line.test
    return {
        "model": line.name,
        "set": line.set_name or "all",
        "image_size": line.image_size,
        "parameters": line.parameters,
        "training_seconds": line.training_seconds,
        "seconds_per_image": line.seconds,
        "patients": figure.dsc.patients,
        "objects": figure.dsc.rows,
        **_interval("dsc", figure.dsc),
        **_interval("nsd", figure.nsd),
        **_interval("hd95", figure.hd95),
        "hd95_unit": figure.unit,
        "error_change": figure.error_change,
        "dsc_above_first": None if test is None else test.after - test.before,
        "p_holm": None if test is None else test.p,
        "pairs": None if test is None else test.n,
    }


def _interval(name: str, found: Estimate | None) -> dict[str, float | None]:
    values = (found.mean, found.low, found.high) if found is not None else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
