"""Pictures of cases: the truth, the model's outline, the box; worst first."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from medsam_core.slice_view import SliceView
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.contestant import ELLIPSE
from medsam_training.evaluate.drawing import outline
from medsam_training.evaluate.objects import subjects_on
from medsam_training.evaluate.prompt import box_prompt
from medsam_training.evaluate.row import Row, Variant
from medsam_training.evaluate.run import Evaluation
from medsam_training.evaluate.segmenter import Answer
from medsam_training.evaluate.study import Study
from medsam_training.evaluate.study_rows import Turn, turns_of
from medsam_training.evaluate.subject import Subject

WORST, MEDIAN, BEST = 6, 3, 3
_TRUTH, _MODEL, _OTHER, _BOX = "#56b4e9", "#e69f00", "#cc79a7", "#ffffff"
_MARGIN = 0.3  # of the box's side around it
_LEAST = 16  # pixels around it


@dataclass(frozen=True)
class Overlay:
    """One picture.

    Attributes:
        group: "worst", "median" or "best".
        row: what it shows: of a case, or of a slice.
        slice_number: the slice of it that is shown.
        png: the picture.
    """

    group: str
    row: Row
    slice_number: int
    png: bytes


@dataclass(frozen=True, eq=False)
class _Shown:
    subject: Subject
    answer: Answer
    other: Answer | None
    asking: Asking
    seed: int
    view: SliceView


def draw_overlays(
    evaluation: Evaluation, studies: Sequence[Study], main: Variant, other: Variant | None = None
) -> list[Overlay]:
    """Ask once more for the worst, median and best rows of a variant, and draw them.

    Args:
        evaluation: the rows.
        studies: that they are of.
        main: whose rows are ranked and drawn.
        other: drawn too.
    """
    by_id = {study.id: study for study in studies}
    found = []
    for group, row in chosen_rows(evaluation.rows, main):
        representative = _slice_of(row, evaluation.slices)
        shown = _asked(evaluation, by_id[row.case_id], representative, main, other)
        found.append(Overlay(group, row, representative.slice_number or 0, _drawn(shown)))
    return found


def chosen_rows(rows: Sequence[Row], variant: Variant) -> list[tuple[str, Row]]:
    """Of a variant's rows with its first seed those at the ends and in the middle by DSC.

    None twice, and of each case one in each group as far as there are enough cases: slices of one case fail
    alike.
    """
    mine = [row for row in rows if row.variant == variant and row.truth_size]
    first = min((row.seed for row in mine), default=0)
    ranked = sorted(
        (row for row in mine if row.seed == first), key=lambda r: (r.dsc, r.case_id, r.number, r.part)
    )
    places = range(len(ranked))
    groups: dict[str, list[int]] = {}
    for group, count, order in (
        ("worst", WORST, list(places)),
        ("best", BEST, list(reversed(places))),
        ("median", MEDIAN, sorted(places, key=lambda place: abs(2 * place - len(ranked) + 1))),
    ):
        taken = {place for some in groups.values() for place in some}
        groups[group] = _varied([place for place in order if place not in taken], ranked, count)
    return [(group, ranked[place]) for group in ("worst", "median", "best") for place in groups[group]]


def _varied(order: Sequence[int], ranked: Sequence[Row], count: int) -> list[int]:
    """The first places of an order, those of cases that are there already put behind; in that order."""
    seen: Counter[str] = Counter()
    keyed = []
    for rank, place in enumerate(order):
        keyed.append((seen[ranked[place].case_id], rank, place))
        seen[ranked[place].case_id] += 1
    return [place for _, place in sorted((rank, place) for _, rank, place in sorted(keyed)[:count])]


def _slice_of(row: Row, slices: Sequence[Row]) -> Row:
    """The row itself, or of a case the slice whose DSC is nearest to the whole's; the largest of equals."""
    if row.slice_number is not None:
        return row
    same = (row.variant, row.seed, row.case_id, row.number)
    mine = [s for s in slices if (s.variant, s.seed, s.case_id, s.number) == same and s.truth_size]
    return min(mine, key=lambda s: (round(abs(s.dsc - row.dsc), 2), -s.truth_size))


def _asked(evaluation: Evaluation, study: Study, row: Row, variant: Variant, other: Variant | None) -> _Shown:
    images = study.load()
    plan = evaluation.plan
    turns = turns_of(study, evaluation.contestants, plan)
    turn = next(t for t in turns if t.variant == variant and t.seed == row.seed)
    subjects = subjects_on(study, images, row.slice_number or 0, plan)
    place = next(n for n, s in enumerate(subjects) if (s.number, s.part) == (row.number, row.part))
    answer = turn.answers(subjects)[place]
    second: Turn | None = next((t for t in turns if t.variant == other and t.seed == row.seed), None)
    return _Shown(
        subjects[place],
        answer,
        second.answers(subjects)[place] if second else None,
        turn.asking,
        row.seed,
        images[0].view,
    )


def _drawn(shown: _Shown) -> bytes:
    view, subject = shown.view, shown.subject
    figure = Figure(figsize=(3, 3), facecolor="black")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(view.turn(subject.image_yx), cmap="gray", vmin=0, vmax=255, aspect=view.aspect)
    if shown.other is not None:
        outline(axes, view.turn(shown.other.mask_yx), _OTHER, "-.")
    outline(axes, view.turn(subject.truth_yx), _TRUTH, "--")
    outline(axes, view.turn(shown.answer.mask_yx), _MODEL, "-")
    if shown.asking.kind == "box":
        _draw_box(axes, shown)
    _zoom(axes, shown)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=120, facecolor="black")
    return stream.getvalue()


def _draw_box(axes: Axes, shown: _Shown) -> None:
    box = box_prompt(shown.subject, shown.asking.amount, shown.seed).box_xyxy
    x0, y0, x1, y1 = shown.view.turn_box(tuple(box), shown.subject.truth_yx.shape)  # type: ignore[arg-type]
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)])
    corners += np.where(corners == corners.max(0), 0.5, -0.5)
    axes.plot(*corners.T, color=_BOX, linewidth=0.7, alpha=0.8)


def _zoom(axes: Axes, shown: _Shown) -> None:
    """To the truth and what lies around it, as a square on the screen."""
    shape = shown.subject.truth_yx.shape
    x0, y0, x1, y1 = shown.view.turn_box(tuple(shown.subject.box_xyxy), shape)  # type: ignore[arg-type]
    aspect = shown.view.aspect
    half = max((x1 - x0) / 2, (y1 - y0) / 2 * aspect) * (1 + 2 * _MARGIN) + _LEAST / 2
    axes.set_xlim((x0 + x1) / 2 - half, (x0 + x1) / 2 + half)
    axes.set_ylim((y0 + y1) / 2 + half / aspect, (y0 + y1) / 2 - half / aspect)


def other_variant(main: Sequence[Variant]) -> Variant | None:
    """What is drawn beside the first of the main variants: the other checkpoint, else the ellipse."""
    others = [v for v in main[1:] if v.model not in (ELLIPSE, main[0].model)]
    return (others or [v for v in main[1:] if v.model == ELLIPSE] or [None])[0]
