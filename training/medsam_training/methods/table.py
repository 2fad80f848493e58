"""Rows as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from medsam_training.methods.measured_row import Row

_HEAD = (
    "| method | weights that train | seconds per epoch | peak memory | test DSC before | after | p |\n"
    "|---|---|---|---|---|---|---|"
)


def table(rows: Sequence[Row]) -> str:
    """A line for each row."""
    return "\n".join([_HEAD, *map(_line, rows)]) + "\n"


def _line(row: Row) -> str:
    share = 100 * row.trained_weights / row.weights
    memory = "?" if row.peak_memory_mb is None else f"{row.peak_memory_mb / 1e3:.2f} GB"
    p = "" if row.p is None else (f"{row.p:.2g}" if row.p >= 1e-3 else "< 0.001")
    return (
        f"| {row.method} | {row.trained_weights:,} ({share:.1f} %) | {row.seconds_per_epoch:.0f} | {memory} "
        f"| {row.dsc_before:.4f} | {row.dsc_after:.4f} | {p} |"
    )
