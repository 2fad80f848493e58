"""What `prepare` shows while it runs and when it is done."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medsam_training.prepare.run import Prepared
    from medsam_training.prepared_set.prepared_case import PreparedCase

_MOST_DROPPED = 20
_LOG_WIDTH = 150
_LABELS_WIDTH = 60
_MUCH = 0.05  # share of the labelled voxels whose removal is worth a word


class PrepareScreen:
    """A bar with an estimate where someone looks, silence in a log."""

    def __init__(self) -> None:
        console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[what]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("Cases", total=None, what="")

    def __enter__(self) -> PrepareScreen:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def progress(self, done: int, total: int, what: str) -> None:
        """As `prepare_set` calls it."""
        self._bar.update(self._task, completed=done, total=total, what=what)


def print_prepared(prepared: Prepared, folder: Path) -> None:
    """A table of the sets, what was left out and why, and where everything is."""
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    cases, dropped = prepared.manifest.cases, prepared.manifest.dropped
    console.print(_table(prepared))
    for line in _remarks(cases):
        console.print(line, soft_wrap=True)
    slices = sum(len(case.slice_numbers) for case in cases)
    left_out = f", {len(dropped)} left out" if dropped else ""
    before = f" ({prepared.kept} of them before)" if prepared.kept else ""
    console.print(
        f"{len(cases)} cases{before}, {slices} slices{left_out}, in {prepared.seconds:.1f} s", soft_wrap=True
    )
    console.print(f"wrote {folder / 'manifest.json'} and {folder / 'contact_sheet.png'}", soft_wrap=True)
    sys.stdout.flush()
    for case in dropped[:_MOST_DROPPED]:
        print(f"left out: {case.id}: {case.problem}", file=sys.stderr)
    if len(dropped) > _MOST_DROPPED:
        print(f'and {len(dropped) - _MOST_DROPPED} more, see "dropped" in the manifest', file=sys.stderr)


def _table(prepared: Prepared) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, side in (
        ("set", "left"),
        ("modality", "left"),
        ("cases", "right"),
        ("train/val/test", "right"),
    ):
        table.add_column(name, justify=side, no_wrap=True)
    for name in ("slices", "left out", "cleaned"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("labels")
    by_set: dict[str, list[PreparedCase]] = {}
    for case in prepared.manifest.cases:
        by_set.setdefault(case.set_name, []).append(case)
    lost = Counter(case.set_name for case in prepared.manifest.dropped)
    for name in sorted({*by_set, *lost}):
        table.add_row(*_row(name, by_set.get(name, []), lost[name]))
    return table


def _row(name: str, cases: Sequence[PreparedCase], lost: int) -> tuple[str, ...]:
    modalities = sorted({case.modality or "?" for case in cases})
    splits = "/".join(str(sum(case.split == split for case in cases)) for split in ("train", "val", "test"))
    shown = ", ".join(sorted({label for case in cases for label in case.labels.values()}))
    return (
        name,
        ", ".join(modalities),
        str(len(cases)),
        splits,
        str(sum(len(case.slice_numbers) for case in cases)),
        str(lost),
        f"{_share_cleaned(cases):.1%}",
        shown if len(shown) <= _LABELS_WIDTH else shown[: _LABELS_WIDTH - 3] + "...",
    )


def _share_cleaned(cases: Sequence[PreparedCase]) -> float:
    labelled = sum(case.cleaned.get("labelled", 0) for case in cases)
    small = sum(case.cleaned.get(rule, 0) for case in cases for rule in ("small_in_3d", "small_in_2d"))
    return small / labelled if labelled else 0.0


def _remarks(cases: Sequence[PreparedCase]) -> list[str]:
    by_set: dict[str, list[PreparedCase]] = {}
    for case in cases:
        by_set.setdefault(case.set_name, []).append(case)
    found = []
    for name, members in sorted(by_set.items()):
        share = _share_cleaned(members)
        if share > _MUCH:
            remedy = "lower --min-voxels and --min-pixels to keep more"
            told = f"the rules for small objects removed {share:.0%} of what is labelled"
            found.append(f"note: {name}: {told}; {remedy}")
    return found
