"""The comparison as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure

from medsam_core.atomic_file import atomic_output
from medsam_training.compare.examples import Example
from medsam_training.compare.table import ComparisonTable, Line
from medsam_training.evaluate.contestant import ELLIPSE
from medsam_training.evaluate.drawing import outline, plain
from medsam_training.evaluate.summary import Estimate

# Told apart by the colour-blind too (Okabe and Ito); the ellipse is always grey, the truth always blue.
_COLOURS = ("#e69f00", "#009e73", "#cc79a7", "#d55e00", "#f0e442", "#0072b2")
_ELLIPSE, _TRUTH, _BOX = "#7f7f7f", "#56b4e9", "#ffffff"
_MARGIN = 0.35  # of the box's side around it
_PANELS = (("dsc", "DSC"), ("nsd", "NSD"), ("hd95", "HD95"))


def draw_comparison(table: ComparisonTable, examples: Sequence[Example], path: Path) -> None:
    """Means with their intervals, the sets where there are several, and examples; as PNG.

    Args:
        table: the lines.
        examples: at most a handful.
        path: replaced.
    """
    several = len(table.set_names) > 1
    heights = [1.0 + 0.32 * len(table.overall), *([0.9 + 0.32 * len(table.set_names)] * several)]
    heights += [3.2] * bool(examples)
    figure = Figure(figsize=(10, sum(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    parts = iter(np.atleast_1d(figure.subfigures(len(heights), 1, height_ratios=heights)))
    colours = colours_of([line.name for line in table.overall])
    _draw_means(next(parts), table, colours)
    if several:
        _draw_sets(next(parts), table, colours)
    if examples:
        _draw_examples(next(parts), examples, colours)
    with atomic_output(path, overwrite=True) as temporary:
        figure.savefig(temporary, format="png", dpi=110)


def colours_of(names: Sequence[str]) -> dict[str, str]:
    """A colour for each competitor."""
    networks = [name for name in names if name != ELLIPSE]
    colours = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(networks)}
    return {**colours, ELLIPSE: _ELLIPSE}


def _draw_means(part: SubFigure, table: ComparisonTable, colours: dict[str, str]) -> None:
    lines = table.overall
    several = len(table.set_names) > 1
    what = f"mean of {len(table.set_names)} sets" if several else plain(table.set_names[0])
    first = lines[0].figure.dsc
    counted = f"{first.patients} patients, {first.rows} objects"
    part.suptitle(f"{what}, {table.split}: {counted}, 95 % intervals over patients", fontsize=10)
    panels = part.subplots(1, len(_PANELS), sharey=True)
    for axes, (key, title) in zip(panels, _PANELS, strict=True):
        for place, line in enumerate(lines):
            _draw_estimate(axes, getattr(line.figure, key), place, colours[line.name])
        unit = lines[0].figure.unit if key == "hd95" else None
        axes.set_xlabel(f"{title}, {unit}" if unit else title)
        axes.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(lines)), [_label(line) for line in lines], fontsize=8)
    panels[0].set_ylim(len(lines) - 0.5, -0.5)


def _draw_sets(part: SubFigure, table: ComparisonTable, colours: dict[str, str]) -> None:
    axes = part.subplots()
    names, count = table.set_names, len(table.overall)
    for place, name in enumerate(names):
        for turn, line in enumerate(table.of_set(name)):
            height = place + (turn - (count - 1) / 2) * 0.7 / count
            _draw_estimate(axes, line.figure.dsc, height, colours[line.name], size=4)
    for line in table.overall:
        axes.plot([], [], "o", color=colours[line.name], label=plain(line.name))
    axes.set_yticks(range(len(names)), [plain(name) for name in names], fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel("DSC of each set")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1.0))


def _draw_estimate(axes: Axes, found: Estimate | None, height: float, colour: str, size: float = 6) -> None:
    if found is None:  # sets in mm and in pixels have no common mean
        return
    axes.plot(found.mean, height, "o", color=colour, markersize=size)
    if found.low is not None:
        axes.plot([found.low, found.high], [height, height], color=colour, linewidth=size / 3)


def _draw_examples(part: SubFigure, examples: Sequence[Example], colours: dict[str, str]) -> None:
    part.suptitle(
        "a hard, a middling and an easy object: truth dashed blue, the box that all were given white",
        fontsize=10,
    )
    panels = np.atleast_1d(part.subplots(1, len(examples)))
    for axes, example in zip(panels, examples, strict=True):
        _draw_example(axes, example, colours)


def _draw_example(axes: Axes, example: Example, colours: dict[str, str]) -> None:
    view, subject = example.view, example.subject
    axes.imshow(view.turn(subject.image_yx), cmap="gray", vmin=0, vmax=255, aspect=view.aspect)
    for name, mask in example.masks_yx.items():
        outline(axes, view.turn(mask), colours[name], "-")
    outline(axes, view.turn(subject.truth_yx), _TRUTH, "--")
    x0, y0, x1, y1 = view.turn_box(tuple(example.box_xyxy), subject.truth_yx.shape)
    left, top, right, bottom = x0 - 0.5, y0 - 0.5, x1 + 0.5, y1 + 0.5
    axes.plot([left, right, right, left, left], [top, top, bottom, bottom, top], color=_BOX, linewidth=0.8)
    x, y, half = (left + right) / 2, (top + bottom) / 2, max(right - left, (bottom - top) * view.aspect)
    half *= 0.5 + _MARGIN
    axes.set_xlim(x - half, x + half)
    axes.set_ylim(y + half / view.aspect, y - half / view.aspect)
    axes.set_axis_off()
    axes.set_facecolor("black")
    told = ", ".join(f"{plain(name)} {example.dsc[name]:.2f}" for name in example.masks_yx)
    axes.set_title(f"{plain(subject.set_name)}, {plain(subject.label)}\n{told}", fontsize=7)


def _label(line: Line) -> str:
    size = f"\n{line.parameters / 1e6:.1f} M, {line.seconds:.2g} s" if line.parameters else ""
    return f"{plain(line.name)}{size}"
