"""What `evaluate` shows when it is done."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from medsam_training.evaluate.contestant import ELLIPSE
from medsam_training.evaluate.findings import Figure, Findings
from medsam_training.evaluate.row import Variant
from medsam_training.evaluate.run import CASES, PAGE, SLICES, SUMMARY, Evaluation
from medsam_training.evaluate.words import headlines

_LOG_WIDTH = 150
_MOST_LEFT_OUT = 20


def print_findings(evaluation: Evaluation, findings: Findings, folder: Path) -> None:
    """A table of the sets, the sentences, what was left out and why, and where everything is."""
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    console.print(_table(findings))
    for line in (*headlines(evaluation, findings), *(f"note: {note}" for note in evaluation.notes)):
        console.print(line, soft_wrap=True)
    cases = len({row.case_id for row in evaluation.slices})
    before = f" ({evaluation.kept} of them before)" if evaluation.kept else ""
    left_out = f", {len(evaluation.left_out)} left out" if evaluation.left_out else ""
    console.print(f"{cases} cases{before}{left_out}, in {evaluation.seconds:.1f} s", soft_wrap=True)
    tables = f"{folder / CASES}, " if evaluation.cases else ""
    console.print(f"wrote {folder / PAGE}, {folder / SUMMARY}, {tables}{folder / SLICES}", soft_wrap=True)
    sys.stdout.flush()
    for id_, problem in list(evaluation.left_out.items())[:_MOST_LEFT_OUT]:
        print(f"left out: {id_}: {problem}", file=sys.stderr)
    if len(evaluation.left_out) > _MOST_LEFT_OUT:
        print(
            f"and {len(evaluation.left_out) - _MOST_LEFT_OUT} more, see {folder / SUMMARY}", file=sys.stderr
        )


def _table(findings: Findings) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("set", no_wrap=True)
    for name in ("patients", "objects"):
        table.add_column(name, justify="right", no_wrap=True)
    titles = {variant: _title(findings, variant) for variant in findings.main}
    for title in titles.values():
        table.add_column(f"{title} DSC", justify="right")
        table.add_column(f"{title} NSD", justify="right")
    for variant, title in titles.items():
        if variant.model != ELLIPSE:
            table.add_column(f"{title} error to ellipse's", justify="right")
    names = list(dict.fromkeys(f.set_name for f in findings.figures if f.set_name and not f.label))
    for name in (*names, *((None,) if len(names) > 1 else ())):
        table.add_row(*_row(findings, name))
    return table


def _row(findings: Findings, name: str | None) -> list[str]:
    figures = [findings.figure(variant, name) for variant in findings.main]
    known = next((f for f in figures if f is not None), None)
    cells = [name or "mean of the sets"]
    cells += [str(known.dsc.patients), str(known.dsc.rows)] if known else ["", ""]
    for figure in figures:
        cells += [f"{figure.dsc.mean:.3f}", f"{figure.nsd.mean:.3f}"] if figure else ["", ""]
    changes = (f for f, v in zip(figures, findings.main, strict=True) if v.model != ELLIPSE)
    return [*cells, *(_change(figure) for figure in changes)]


def _change(figure: Figure | None) -> str:
    return f"{figure.error_change:+.0%}" if figure and figure.error_change is not None else ""


def _title(findings: Findings, variant: Variant) -> str:
    """A model's name, and its size where one model has several."""
    sizes = {other.image_size for other in findings.main if other.model == variant.model}
    return f"{variant.model} {variant.image_size}" if len(sizes) > 1 else variant.model
