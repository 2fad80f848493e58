"""The history as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from medsam_core.atomic_file import atomic_output
from medsam_training.fit.measure import VALIDATION_DICE, Measure, best_row

_LOSS, _MEASURE = "#0072b2", "#d55e00"  # told apart by the colour-blind too


def draw_curves(rows: Sequence[Mapping[str, float]], path: Path, measure: Measure = VALIDATION_DICE) -> None:
    """Training loss and validation's measure over epochs, as PNG.

    Args:
        rows: of `history.History`.
        path: replaced.
        measure: of the rows.
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    loss_axes = figure.add_subplot()
    measure_axes = loss_axes.twinx()
    epochs = [row["epoch"] for row in rows]
    loss_axes.plot(epochs, [row["train_loss"] for row in rows], color=_LOSS, marker="o", linestyle="--")
    measure_axes.plot(epochs, [row[measure.key] for row in rows], color=_MEASURE, marker=".")
    loss_axes.set_xlabel("epoch (0: before training)")
    loss_axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    loss_axes.set_ylabel("training loss", color=_LOSS)
    measure_axes.set_ylabel(measure.label, color=_MEASURE)
    best = best_row(rows, measure)
    loss_axes.set_title(f"best {measure.label} {best[measure.key]:.4f} at epoch {best['epoch']:.0f}")
    with atomic_output(path, overwrite=True) as temporary:
        figure.savefig(temporary, format="png", dpi=110)
