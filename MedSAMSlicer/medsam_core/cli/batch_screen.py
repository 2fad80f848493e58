"""What a batch shows while it runs and when it is done."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from medsam_core.batch.case_row import CaseRow
    from medsam_core.batch.shard import Shard
    from medsam_core.batch.summary import BatchSummary

_HEADING = ("id", "status", "seconds", "segments", "ml", "least sure")
_WIDTHS = (32, 8, 9, 9, 10, 18)


class BatchScreen:
    """A table that grows by a line with each case, above a bar with an estimate; silence in a log.

    Of several ranks the first one shows its share.

    Attributes:
        told: how many cases have ended.
    """

    def __init__(self, shard: Shard) -> None:
        console = Console(file=_own_stderr(), markup=False, highlight=False, emoji=False)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[what]}", markup=False),
        )
        silent = not console.is_terminal or shard.rank > 0
        self.told = 0
        self._silent = silent
        self._bar = Progress(*columns, console=console, transient=True, disable=silent)
        self._task = self._bar.add_task("Cases", total=None, what="")

    def __enter__(self) -> BatchScreen:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def progress(self, done: int, total: int, what: str) -> None:
        """As `run_batch` calls it."""
        self._bar.update(self._task, completed=done, total=total, what=what)

    def show(self, row: CaseRow) -> None:
        """Add a line to the table."""
        if not self._silent:
            if self.told == 0:
                self._bar.console.print(_line(_HEADING), soft_wrap=True)
            self._bar.console.print(_line(_cells(row)), soft_wrap=True)
        self.told += 1


def _own_stderr() -> TextIO:
    """The terminal by a descriptor of its own: that of stderr is silent while DICOM is read ahead."""
    try:
        return os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding=sys.stderr.encoding, errors="replace")
    except (OSError, ValueError, AttributeError):  # an embedding program's stderr is no file
        return sys.stderr


def print_batch(summary: BatchSummary) -> None:
    """Count the cases, list the failures with their reasons, say where the table is."""
    console = Console(markup=False, highlight=False, emoji=False)
    counts = [(summary.count(status), status) for status in ("done", "skipped", "failed", "pending")]
    told = ", ".join(f"{count} {status}" for count, status in counts if count)
    share = f"{summary.shard}: " if summary.shard.world > 1 else ""
    console.print(f"{share}{len(summary.rows)} cases: {told or 'none is its share'}", soft_wrap=True)
    if summary.is_complete:
        console.print(f"wrote {summary.folder / 'summary.csv'}", soft_wrap=True)
    sys.stdout.flush()
    for row in summary.failed:
        print(f"failed: {row.id}: {row.reason}", file=sys.stderr)


def _line(cells: tuple[str, ...]) -> str:
    return " ".join(cell[:width].ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _cells(row: CaseRow) -> tuple[str, ...]:
    if row.status == "failed":
        return (row.id, "failed", _shown(row.seconds, 1), "", "", "")
    sure = "-" if row.least_confidence is None else f"{row.least_confidence:.2f} (slice {row.worst_slice})"
    volume = _shown(row.ml, 2)
    return row.id, row.status, _shown(row.seconds, 1), str(row.segments or 0), volume, sure


def _shown(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
