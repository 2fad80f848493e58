"""The table of a batch, put together from what all ranks noted."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from medsam_core.atomic_file import atomic_output
from medsam_core.batch.case import Case
from medsam_core.batch.case_row import COLUMNS, CaseRow
from medsam_core.batch.ledger import FOLDER, read_ledgers
from medsam_core.batch.shard import Shard
from medsam_core.version import VERSION


@dataclass(frozen=True)
class BatchSummary:
    """What became of the cases.

    Attributes:
        folder: where the outputs and the table are.
        rows: of this process's share, in the order of the list; cases it did not come to are "pending".
        everything: likewise, of all ranks, as far as is known.
        shard: which share it was.
    """

    folder: Path
    rows: tuple[CaseRow, ...]
    everything: tuple[CaseRow, ...] = field(repr=False)
    shard: Shard = field(default_factory=Shard)

    @property
    def failed(self) -> tuple[CaseRow, ...]:
        """The failures of this process's share."""
        return tuple(row for row in self.rows if row.status == "failed")

    @property
    def is_complete(self) -> bool:
        """Whether every case of every rank was done, skipped or failed."""
        return all(row.status != "pending" for row in self.everything)

    def count(self, status: str) -> int:
        """How many of this process's share have a status."""
        return sum(row.status == status for row in self.rows)


def write_summary(
    folder: Path, cases: Sequence[Case], shard: Shard, batch: str, options: Mapping[str, str]
) -> BatchSummary:
    """Put together what the ranks have noted and write ``summary.csv`` and ``summary.json``.

    Every rank does so when it ends, one after the other: the last one sees the notes of all.

    Args:
        cases: all of them, of every rank.
        batch: key of the list of cases.
        options: for the JSON.

    Raises:
        OutputError: the folder does not take the files.
    """
    with FileLock(folder / FOLDER / "summary.lock"):
        noted: dict[str, CaseRow] = {}
        for ledger in read_ledgers(folder, shard, batch):
            noted.update(ledger.rows)
        rows = tuple(noted.get(case.id, CaseRow(case.id, "pending")) for case in cases)
        summary = BatchSummary(folder, tuple(shard.share(rows)), rows, shard)
        _write_csv(folder / "summary.csv", rows)
        _write_json(folder / "summary.json", summary, options)
    return summary


def _write_csv(path: Path, rows: Sequence[CaseRow]) -> None:
    with (
        atomic_output(path, overwrite=True) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.to_json() for row in rows)


def _write_json(path: Path, summary: BatchSummary, options: Mapping[str, str]) -> None:
    content = {
        "version": VERSION,
        "complete": summary.is_complete,
        "options": dict(options),
        "cases": [row.to_json() for row in summary.everything],
    }
    with atomic_output(path, overwrite=True) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
