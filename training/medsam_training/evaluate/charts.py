"""Curves of a report as PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.contestant import ELLIPSE
from medsam_training.evaluate.drawing import plain
from medsam_training.evaluate.findings import Figure, Findings
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.row import Variant

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_GREY = "#777777"
_AXES = {
    "box": ("each edge of the box off by up to, % of its side", 100.0),
    "points": ("clicks on the object, drawn at once", 1.0),
    "clicks": ("clicks, each where the answer before was most wrong", 1.0),
}


def prompt_charts(findings: Findings, plan: Plan) -> list[bytes]:
    """Mean DSC of all sets over the amount of jitter and the number of clicks, where there are several."""
    charts = []
    for kind, (title, factor) in _AXES.items():
        askings = sorted((a for a in plan.askings if a.kind == kind), key=lambda a: a.amount)
        if len(askings) > 1:
            charts.append(_prompt_chart(findings, askings, title, factor))
    return charts


def size_chart(findings: Findings) -> bytes | None:
    """Mean DSC of all sets over the input's size, a line for each prompt; None where there is one size."""
    lines: dict[tuple[str, str, str], list[Figure]] = {}
    for figure in _of_all_sets(findings):
        variant = figure.variant
        if variant.image_size is not None:
            lines.setdefault((variant.model, variant.prompt, variant.fusion), []).append(figure)
    lines = {key: figures for key, figures in lines.items() if len(figures) > 1}
    if not lines:
        return None
    canvas, axes = _canvas()
    for place, (key, figures) in enumerate(sorted(lines.items())):
        ordered = sorted(figures, key=lambda figure: figure.variant.image_size or 0)
        sizes = [figure.variant.image_size for figure in ordered]
        _line(axes, sizes, ordered, ", ".join(filter(None, key)), _COLOURS[place % len(_COLOURS)])
    axes.set_xlabel("side of the network's input, pixels")
    return _png(canvas, axes)


def reliability_chart(findings: Findings) -> bytes | None:
    """Mean IoU over mean score of the main variants; None where no model has a score."""
    found = [one for one in findings.reliability if one.variant in findings.main]
    if not found:
        return None
    canvas, axes = _canvas()
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", label="score = IoU")
    for place, one in enumerate(found):
        bins = [b for b in one.calibration.bins if b.count]
        largest = max(b.count for b in bins)
        colour = _COLOURS[place % len(_COLOURS)]
        label = f"{one.variant.model}: off by {one.calibration.error:.3f}"
        axes.plot([b.score for b in bins], [b.iou for b in bins], color=colour, label=plain(label))
        sizes = [8 + 60 * b.count / largest for b in bins]
        axes.scatter([b.score for b in bins], [b.iou for b in bins], s=sizes, color=colour)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="model's score", aspect="equal")
    return _png(canvas, axes, "true IoU")


def _prompt_chart(findings: Findings, askings: Sequence[Asking], title: str, factor: float) -> bytes:
    canvas, axes = _canvas()
    amounts = {str(asking): asking.amount * factor for asking in askings}
    lines: dict[tuple, list[Figure]] = {}
    for figure in _of_all_sets(findings):
        v: Variant = figure.variant
        if v.prompt in amounts:
            lines.setdefault((v.model, v.image_size, v.fusion), []).append(figure)
    sized = len({size for _, size, _ in lines if size}) > 1
    for place, ((model, size, fusion), figures) in enumerate(lines.items()):
        ordered = sorted(figures, key=lambda figure: amounts[figure.variant.prompt])
        words = (model, f"{size} px" if size and sized else "", fusion)
        colour = _GREY if model == ELLIPSE else _COLOURS[place % len(_COLOURS)]
        values = [amounts[figure.variant.prompt] for figure in ordered]
        _line(axes, values, ordered, ", ".join(filter(None, words)), colour)
    axes.set_xlabel(title)
    return _png(canvas, axes)


def _of_all_sets(findings: Findings) -> list[Figure]:
    return [f for f in findings.figures if f.set_name is None and f.label is None and f.modality is None]


def _line(axes: Axes, x: Sequence, figures: Sequence[Figure], label: str, colour: str) -> None:
    axes.plot(x, [f.dsc.mean for f in figures], marker="o", color=colour, label=plain(label))
    if all(f.dsc.low is not None for f in figures):
        axes.fill_between(
            x, [f.dsc.low for f in figures], [f.dsc.high for f in figures], color=colour, alpha=0.15
        )


def _canvas() -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=(5, 3.6), layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.add_subplot()
    axes.grid(alpha=0.3)
    return canvas, axes


def _png(canvas: Canvas, axes: Axes, ylabel: str = "DSC, mean of the sets") -> bytes:
    axes.set_ylabel(ylabel)
    axes.legend(fontsize=7)
    stream = io.BytesIO()
    canvas.savefig(stream, format="png", dpi=110)
    return stream.getvalue()
