"""Rows as CSV and findings as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from medsam_core.atomic_file import atomic_output
from medsam_core.version import VERSION
from medsam_training.evaluate.findings import Findings
from medsam_training.evaluate.row import Row
from medsam_training.evaluate.run import CASES, SLICES, SUMMARY, Evaluation

SCHEMA = "medsam-evaluation/1"
_COLUMNS = (
    "model",
    "prompt",
    "image_size",
    "fusion",
    "seed",
    "set",
    "case",
    "patient",
    "modality",
    "label",
    "number",
    "part",
    "slice",
    "truth_size",
    "dsc",
    "nsd",
    "hd95",
    "iou",
    "score",
    "tolerance",
    "unit",
)


def write_results(folder: Path, evaluation: Evaluation, findings: Findings) -> None:
    """Write slices.csv, cases.csv where cases were measured, and summary.json; each whole or not at all."""
    _write_csv(folder / SLICES, evaluation.slices)
    if evaluation.cases:
        _write_csv(folder / CASES, evaluation.cases)
    else:
        (folder / CASES).unlink(missing_ok=True)
    with atomic_output(folder / SUMMARY, overwrite=True) as temporary:
        text = json.dumps(summary_json(evaluation, findings), indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def summary_json(evaluation: Evaluation, findings: Findings) -> dict[str, Any]:
    """The summary as plain values; training/README.md says what each is."""
    return {
        "schema": SCHEMA,
        "program": VERSION,
        "split": evaluation.split,
        "plan": evaluation.plan.to_json(),
        "models": [{"name": one.name, **one.about} for one in evaluation.contestants],
        "cases": len({row.case_id for row in evaluation.slices}),
        "left_out": evaluation.left_out,
        "notes": list(evaluation.notes),
        "main": [asdict(variant) for variant in findings.main],
        "figures": [asdict(figure) for figure in findings.figures],
        "comparisons": [asdict(comparison) for comparison in findings.comparisons],
        "seeds": [asdict(figure) for figure in findings.seeds],
        "calibration": [asdict(found) for found in findings.reliability],
    }


def _write_csv(path: Path, rows: Sequence[Row]) -> None:
    with (
        atomic_output(path, overwrite=True) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(_COLUMNS)
        writer.writerows(_cells(row) for row in rows)


def _cells(row: Row) -> list[Any]:
    variant = row.variant
    values = (
        *(variant.model, variant.prompt, variant.image_size, variant.fusion, row.seed),
        *(row.set_name, row.case_id, row.patient, row.modality, row.label, row.number, row.part),
        *(row.slice_number, row.truth_size, row.dsc, row.nsd, row.hd95, row.iou, row.score),
        *(row.tolerance, row.unit),
    )
    return [as_cell(value) for value in values]


def as_cell(value: object) -> object:
    """A value as a table shows it; a name that a spreadsheet would take for a formula is quoted."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value
