"""Whoever ends last writes the whole table, in the order of the list."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from medsam_core.batch.case import Case
from medsam_core.batch.case_row import COLUMNS, CaseRow
from medsam_core.batch.ledger import Ledger
from medsam_core.batch.shard import Shard
from medsam_core.batch.summary import BatchSummary, write_summary

CASES = [Case(f"case {n}", Path(f"{n}.nii")) for n in range(5)]


def note(folder: Path, shard: Shard, *ids: str) -> BatchSummary:
    with Ledger.open(folder, shard, "key") as ledger:
        for name in ids:
            ledger.add(CaseRow(name, "done", 1.0, 1, 2, 3.5, 0.5, 6))
    return write_summary(folder, CASES, shard, "key", {"model": "m"})


def test_the_last_rank_completes_the_table(tmp_path: Path) -> None:
    first = note(tmp_path, Shard(0, 2), "case 0", "case 2", "case 4")
    assert not first.is_complete and [row.status for row in first.rows] == ["done"] * 3
    assert not json.loads((tmp_path / "summary.json").read_text())["complete"]
    last = note(tmp_path, Shard(1, 2), "case 3", "case 1")
    assert last.is_complete and [row.id for row in last.rows] == ["case 1", "case 3"]
    with (tmp_path / "summary.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert tuple(table[0]) == COLUMNS
    assert [row["id"] for row in table] == [case.id for case in CASES]
    written = json.loads((tmp_path / "summary.json").read_text())
    assert written["complete"] and [row["voxels"] for row in written["cases"]] == [2] * 5


def test_cases_that_were_not_reached_are_pending(tmp_path: Path) -> None:
    summary = note(tmp_path, Shard(), "case 0")
    assert summary.count("done") == 1 and summary.count("pending") == 4 and not summary.failed
    assert "case 4,pending" in (tmp_path / "summary.csv").read_text()
