"""Objects on which competitors can be looked at side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medsam_core.slice_view import SliceView
from medsam_training.compare.competitor import Competitor
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.objects import subjects_on
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.prompt import box_prompt
from medsam_training.evaluate.row import Row, Variant
from medsam_training.evaluate.study import Study
from medsam_training.evaluate.subject import Subject

QUANTILES = (0.1, 0.5, 0.9)
"""Of the first competitor's DSC on slices: a hard, a middling and an easy object."""


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
    slices: Sequence[Row], variants: Sequence[Variant], studies: Sequence[Study], plan: Plan
) -> list[tuple[Study, Row]]:
    """The objects of one set after the other that lie at `QUANTILES` of the first variant's DSC."""
    first = [row for row in slices if row.variant == variants[0] and row.seed == plan.seeds[0]]
    ranked = sorted(first, key=lambda row: (row.dsc, row.case_id, row.slice_number, row.number, row.part))
    by_id = {study.id: study for study in studies}
    places = dict.fromkeys(int(share * (len(ranked) - 1) + 0.5) for share in QUANTILES)
    return [(by_id[ranked[place].case_id], ranked[place]) for place in places]


def subjects_of(study: Study, row: Row | None, plan: Plan) -> list[tuple[Subject, SliceView]]:
    """The object that a row is about, or, without a row, the first objects of a study: one for each slice."""
    images = study.load()
    numbers = images[0].slice_numbers if row is None else (row.slice_number,)
    found = []
    for number in numbers:
        subjects = subjects_on(study, images, number, plan)
        if row is not None:
            subjects = [s for s in subjects if (s.number, s.part) == (row.number, row.part)]
        found += [(subject, images[0].view) for subject in subjects[:1]]
    return found


def answered(
    subject: Subject, view: SliceView, competitors: Sequence[Competitor], asking: Asking, rows: Sequence[Row]
) -> Example:
    """Ask everyone once more.

    Args:
        subject, view: the object.
        competitors: who.
        asking: a box.
        rows: of the object, one for each competitor, with one seed.
    """
    seed = rows[0].seed
    masks = {
        one.name: asking.answers(
            [subject], seed, lambda p, s=one.contestant.segmenter: s.segment(subject.image_yx, p)
        )[0].mask_yx
        for one in competitors
    }
    box = box_prompt(subject, asking.amount, seed).box_xyxy
    return Example(subject, view, box, masks, {row.variant.model: row.dsc for row in rows})
