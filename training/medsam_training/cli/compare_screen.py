"""What `compare` shows while it runs and when it is done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from medsam_training.cli.prepare_screen import PrepareScreen

if TYPE_CHECKING:
    from medsam_training.compare.table import ComparisonTable, Line
    from medsam_training.evaluate.summary import Estimate

_LOG_WIDTH = 170


class CompareScreen:
    """A line for whatever begins, and a bar while someone is measured; training has a bar of its own."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._bar: PrepareScreen | None = None

    def __enter__(self) -> CompareScreen:
        return self

    def __exit__(self, *error: object) -> None:
        self._end_bar(*error)

    def say(self, line: str) -> None:
        """Something begins."""
        self._end_bar(None, None, None)
        self._console.print(line, soft_wrap=True)

    def progress(self, done: int, total: int, what: str) -> None:
        """As `evaluate` calls it."""
        if self._bar is None:
            self._bar = PrepareScreen().__enter__()
        self._bar.progress(done, total, what)

    def _end_bar(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*error)
            self._bar = None


def print_comparison(table: ComparisonTable, folder: Path) -> None:
    """The table of all sets, DSC of each, the tests, and where everything is."""
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    console.print(_overall(table))
    if len(table.set_names) > 1:
        console.print(_by_set(table))
    for sentence in table.sentences():
        console.print(sentence, soft_wrap=True)
    files = ("comparison.csv", "comparison.json", "comparison.png")
    console.print(f"wrote {', '.join(str(folder / name) for name in files)}", soft_wrap=True)


def _overall(table: ComparisonTable) -> Table:
    several = len(table.set_names) > 1
    title = f"mean of {len(table.set_names)} sets" if several else table.set_names[0]
    shown = Table(box=None, pad_edge=False, header_style="bold", title=f"{title}, {table.split}")
    shown.add_column("model", no_wrap=True)
    unit = table.overall[0].figure.unit
    distance = f"HD95 {unit}" if unit else "HD95"
    for name in ("parameters", "trained, s", "s / image", "DSC", "NSD", distance, "error", "p (Holm)"):
        shown.add_column(name, justify="right", no_wrap=True)
    for line in table.overall:
        shown.add_row(*_row(line))
    return shown


def _row(line: Line) -> list[str]:
    figure, change = line.figure, line.figure.error_change
    return [
        line.name,
        f"{line.parameters:,}" if line.parameters else "",
        "" if line.training_seconds is None else f"{line.training_seconds:,.0f}",
        f"{line.seconds:.3f}",
        _interval(figure.dsc, 3),
        _interval(figure.nsd, 3),
        "" if figure.hd95 is None else _interval(figure.hd95, 2),
        "" if change is None else f"{change:+.0%}",
        "" if line.test is None else f"{line.test.p:.2g}",
    ]


def _by_set(table: ComparisonTable) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold", title="DSC of each set")
    shown.add_column("set", no_wrap=True)
    names = [line.name for line in table.overall]
    for name in ("patients", "objects", *names):
        shown.add_column(name, justify="right", no_wrap=True)
    for name in table.set_names:
        lines = {line.name: line.figure.dsc for line in table.of_set(name)}
        known = next(iter(lines.values()))
        means = [f"{lines[one].mean:.3f}" if one in lines else "" for one in names]
        shown.add_row(name, str(known.patients), str(known.rows), *means)
    return shown


def _interval(found: Estimate, digits: int) -> str:
    if found.low is None:
        return f"{found.mean:.{digits}f}"
    return f"{found.mean:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"
