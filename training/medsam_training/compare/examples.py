"""Objects on which competitors can be looked at side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from medsam_core.slice_view import SliceView
from medsam_training.compare.competitor import Competitor
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.objects import subjects_on
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.prompt import box_prompt
from medsam_training.evaluate.row import Row
from medsam_training.evaluate.run import Evaluation
from medsam_training.evaluate.study import Study
from medsam_training.evaluate.subject import Subject

QUANTILES = (0.1, 0.5, 0.9)
"""Of the first competitor's DSC on slices: a hard, a middling and an easy object."""

TIMED = 9
"""Objects of the stopwatch; the first is a rehearsal."""


@dataclass(frozen=True, eq=False)
class Example:
    """One object and everyone's answer.

    Attributes:
        subject: the object.
        view: how its slice stands on a screen.
        box_xyxy: what all were told.
        masks_yx: of each competitor, by name.
        dsc: the same.
    """

    subject: Subject
    view: SliceView
    box_xyxy: np.ndarray
    masks_yx: dict[str, np.ndarray]
    dsc: dict[str, float]


def some_examples(
    evaluation: Evaluation, studies: Sequence[Study], competitors: Sequence[Competitor]
) -> list[Example]:
    """Ask everyone once more for the objects at `QUANTILES` of the first competitor's DSC.

    Args:
        evaluation: everyone's rows.
        studies: that they are of.
        competitors: in the order of the table.
    """
    plan, by_id, found = evaluation.plan, {study.id: study for study in studies}, []
    asking, seed = plan.askings[0], plan.seeds[0]
    shown = [row for row in evaluation.slices if row.variant.prompt == str(asking) and row.seed == seed]
    for row in rows_at_quantiles([row for row in shown if row.variant.model == competitors[0].name]):
        rows = [one for one in shown if _place(one) == _place(row)]
        for subject, view in _subjects(by_id[row.case_id], plan, row.slice_number):
            if (subject.number, subject.part) == (row.number, row.part):
                found.append(_answered(subject, view, competitors, asking, rows))
    return found


def rows_at_quantiles(rows: Sequence[Row]) -> list[Row]:
    """The rows at `QUANTILES` of their DSC, from hard to easy, none twice."""
    ranked = sorted(rows, key=lambda row: (row.dsc, *_place(row)))
    places = dict.fromkeys(int(share * (len(ranked) - 1) + 0.5) for share in QUANTILES)
    return [ranked[place] for place in places]


def timed_subjects(studies: Sequence[Study], plan: Plan) -> list[Subject]:
    """Up to `TIMED` objects, spread over the studies; of one study each on a slice of its own."""
    chosen = studies[:: max(1, len(studies) // TIMED)][:TIMED]
    each = -(-TIMED // len(chosen))
    found: list[Subject] = []
    for study in chosen:
        images = study.load()
        shown = (subjects_on(study, images, number, plan)[:1] for number in images[0].slice_numbers)
        found += islice(chain.from_iterable(shown), each)
    return found[:TIMED]


def _subjects(study: Study, plan: Plan, slice_number: int | None) -> list[tuple[Subject, SliceView]]:
    images = study.load()
    return [(subject, images[0].view) for subject in subjects_on(study, images, slice_number or 0, plan)]


def _place(row: Row) -> tuple[str, int, int, int]:
    return row.case_id, row.slice_number or 0, row.number, row.part


def _answered(
    subject: Subject, view: SliceView, competitors: Sequence[Competitor], asking: Asking, rows: Sequence[Row]
) -> Example:
    seed = rows[0].seed
    masks = {
        one.name: asking.answers(
            [subject], seed, lambda p, s=one.contestant.segmenter: s.segment(subject.image_yx, p)
        )[0].mask_yx
        for one in competitors
    }
    box = box_prompt(subject, asking.amount, seed).box_xyxy
    return Example(subject, view, box, masks, {row.variant.model: row.dsc for row in rows})
