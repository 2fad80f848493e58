"""Rows of measurements as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from medsam_core.bench.confidence_value import confidence_value
from medsam_core.bench.propagation_run import RUNS, Row


def markdown(rows: Mapping[str, Sequence[Row]]) -> str:
    """All tables: the model by set, its confidence, the oracle without and with faults."""
    parts = []
    if rows.get("model"):
        parts += ["### The model", _quality(rows["model"]), _by_set(rows["model"])]
        parts += ["### What the confidence is worth", _confidence(rows["model"])]
    for kind in ("oracle", "oracle with faults"):
        if rows.get(kind):
            parts += [f"### The {kind}", _quality(rows[kind]), _ends_by_set(rows[kind])]
    return "\n\n".join(parts)


def _quality(rows: Sequence[Row]) -> str:
    lines = [
        "| strategy | from | objects | DSC | NSD at 2 mm | seconds | slices off at an end "
        "| ends within 1 slice | short / long | in a neighbour |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for strategy, prompt, mine in _runs(rows):
        ends = _ends(mine)
        lines.append(
            f"| {strategy} | {prompt} | {len(mine)} | {_mean(mine, 'dsc')} | {_mean(mine, 'nsd')} "
            f"| {np.mean([r.seconds for r in mine]):.2f} | {np.abs(ends).mean():.2f} "
            f"| {np.mean(np.abs(ends) <= 1):.1%} | {np.mean(ends < -1):.1%} / {np.mean(ends > 1):.1%} "
            f"| {np.mean([r.neighbour for r in mine]):.1%} |"
        )
    return "\n".join(lines)


def _by_set(rows: Sequence[Row]) -> str:
    runs = [(s, p) for s, p, _ in _runs(rows)]
    lines = ["| DSC / NSD | objects | " + " | ".join(f"{s}, {p}" for s, p in runs) + " |"]
    lines.append("|---" * (len(runs) + 2) + "|")
    for name in sorted({r.set_name for r in rows}):
        mine = [r for r in rows if r.set_name == name]
        cells = [_cell([r for r in mine if (r.strategy, r.prompt) == run]) for run in runs]
        lines.append(f"| {name} | {len(mine) // len(runs)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(rows: Sequence[Row]) -> str:
    return f"{_mean(rows, 'dsc')} / {_mean(rows, 'nsd')}" if rows else ""


def _confidence(rows: Sequence[Row]) -> str:
    lines = [
        "| strategy | from | objects | slices | rank correlation within an object | over all slices "
        "| named worst slice is in the worst tenth | by chance |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for strategy, prompt, mine in _runs(rows):
        v = confidence_value(mine)
        lines.append(
            f"| {strategy} | {prompt} | {v.objects} | {v.slices} | {v.within:.2f} | {v.pooled:.2f} "
            f"| {v.named:.0%} | {v.chance:.0%} |"
        )
    return "\n".join(lines)


def _ends_by_set(rows: Sequence[Row]) -> str:
    mine = [r for r in rows if (r.strategy, r.prompt) == ("track", "2D box")]
    lines = [
        "| track from a 2D box | objects | DSC | ends within 1 slice | in a neighbour |",
        "|---|---|---|---|---|",
    ]
    for name in sorted({r.set_name for r in mine}):
        some = [r for r in mine if r.set_name == name]
        within = np.mean(np.abs(_ends(some)) <= 1)
        leaked = np.mean([r.neighbour for r in some])
        lines.append(f"| {name} | {len(some)} | {_mean(some, 'dsc')} | {within:.1%} | {leaked:.1%} |")
    return "\n".join(lines)


def _runs(rows: Sequence[Row]) -> list[tuple[str, str, list[Row]]]:
    found = [(s, p, [r for r in rows if (r.strategy, r.prompt) == (s, p)]) for s, p in RUNS]
    return [run for run in found if run[2]]


def _ends(rows: Sequence[Row]) -> np.ndarray:
    return np.array([[r.below, r.above] for r in rows])


def _mean(rows: Sequence[Row], name: str) -> str:
    return f"{np.mean([getattr(r, name) for r in rows]):.3f}"
