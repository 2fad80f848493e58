"""All rows of one study."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.case_images import CaseImages
from medsam_training.evaluate.contestant import Contestant
from medsam_training.evaluate.fusion import fused_answers
from medsam_training.evaluate.mask_pile import MaskPile, joint_bounds
from medsam_training.evaluate.objects import ObjectKey, subjects_on
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.row import Row, Variant, case_row, row_of
from medsam_training.evaluate.segmenter import Answer
from medsam_training.evaluate.study import Study
from medsam_training.evaluate.subject import Subject


@dataclass(frozen=True)
class StudyRows:
    """What was measured on a study.

    Attributes:
        slices: a row for each object on a slice.
        cases: a row for each label of the whole case; none where slices are measured by themselves.
    """

    slices: tuple[Row, ...]
    cases: tuple[Row, ...]


@dataclass(frozen=True, eq=False)
class Turn:
    """One way to answer: who, asked how, with which seed, on which images.

    Attributes:
        contestant, asking, seed: of it.
        images: places of the images in the study; several are fused.
        fusion: the name of one image of several, or the rule; "" where there is one image.
    """

    contestant: Contestant
    asking: Asking
    seed: int
    images: tuple[int, ...] = (0,)
    fusion: str = ""

    @property
    def variant(self) -> Variant:
        """What its rows are called."""
        contestant = self.contestant
        return Variant(contestant.name, str(self.asking), contestant.image_size, self.fusion)

    def answers(self, subjects: Sequence[Subject]) -> list[Answer]:
        """Answers for the objects of one slice."""
        pictures = [subjects[0].images[place] for place in self.images]
        segmenter = self.contestant.segmenter
        if len(pictures) == 1:
            return self.asking.answers(subjects, self.seed, lambda p: segmenter.segment(pictures[0], p))
        return self.asking.answers(
            subjects, self.seed, lambda p: fused_answers(segmenter, pictures, p, self.fusion)
        )


@dataclass(eq=False)
class _Whole:
    """A label of the case under one turn, as its slices come in."""

    about: Subject
    found: MaskPile = field(default_factory=MaskPile)
    scores: list[float] = field(default_factory=list)

    def add(self, k: int, answer: Answer) -> None:
        self.found.add(k, answer.mask_yx)
        if answer.score is not None:
            self.scores.append(answer.score)


def turns_of(study: Study, contestants: Sequence[Contestant], plan: Plan) -> list[Turn]:
    """Every way to answer that the plan asks for. The ellipse sees no image, so it has nothing to fuse."""
    turns = []
    for contestant in contestants:
        for asking in contestant.askings(plan.askings):
            for seed in plan.seeds_of(asking):
                turns += [
                    Turn(contestant, asking, seed, images, name)
                    for images, name in _views(study, contestant, plan)
                ]
    return turns


def measure_study(
    study: Study,
    images: Sequence[CaseImages],
    contestants: Sequence[Contestant],
    plan: Plan,
    chosen: Collection[ObjectKey] | None = None,
) -> StudyRows:
    """Measure everyone on a study.

    Args:
        study, images: and its images, read.
        contestants: who is measured.
        plan: how.
        chosen: only these objects; all by default.
    """
    turns = turns_of(study, contestants, plan)
    whatever = any(contestant.is_automatic for contestant in contestants)
    whole: dict[tuple[int, int], _Whole] = {}
    truths: dict[int, MaskPile] = {}
    rows: list[Row] = []
    for k in images[0].slice_numbers:
        subjects = _chosen(subjects_on(study, images, k, plan), chosen)
        every = _chosen(subjects_on(study, images, k, plan, whatever=True), chosen) if whatever else []
        for subject in subjects:
            truths.setdefault(subject.number, MaskPile()).add(k, subject.truth_yx)
        for place, turn in enumerate(turns):
            asked = every if turn.contestant.is_automatic else subjects
            for subject, answer in zip(asked, turn.answers(asked) if asked else [], strict=True):
                if subject.truth_yx.any() or answer.mask_yx.any():
                    rows.append(_slice_row(subject, answer, turn, plan))
                    whole.setdefault((place, subject.number), _Whole(subject)).add(k, answer)
    if plan.per == "slice":
        return StudyRows(tuple(rows), ())
    return StudyRows(tuple(rows), tuple(_case_rows(images[0], turns, whole, truths, plan)))


def _slice_row(subject: Subject, answer: Answer, turn: Turn, plan: Plan) -> Row:
    surfaces = plan.per == "slice"
    return row_of(subject, answer, turn.variant, turn.seed, plan.tolerances, surfaces)


def _views(study: Study, contestant: Contestant, plan: Plan) -> Iterator[tuple[tuple[int, ...], str]]:
    """Each image by itself, then all of them fused."""
    if not study.phases or contestant.image_size is None:
        yield (0,), ""
        return
    for place, phase in enumerate(study.phases):
        yield (place,), phase
    for rule in plan.fusions:
        yield tuple(range(len(study.phases))), rule


def _chosen(subjects: list[Subject], chosen: Collection[ObjectKey] | None) -> list[Subject]:
    if chosen is None:
        return subjects
    return [subject for subject in subjects if (subject.slice_number, subject.number, subject.part) in chosen]


def _case_rows(
    images: CaseImages,
    turns: Sequence[Turn],
    whole: dict[tuple[int, int], _Whole],
    truths: dict[int, MaskPile],
    plan: Plan,
) -> Iterator[Row]:
    for (place, number), one in sorted(whole.items(), key=lambda item: item[0]):
        truth = truths.get(number, MaskPile())
        bounds = joint_bounds(one.found, truth)
        masks = [pile.within(bounds) for pile in (one.found, truth)]
        spacing, extent = images.spacing_kji, images.shape_kji
        if images.is_flat:
            masks, extent = [mask[0] for mask in masks], extent[1:]
            spacing = None if spacing is None else spacing[1:]
        score = float(np.mean(one.scores)) if one.scores else None
        yield case_row(
            one.about,
            *masks,
            spacing,
            score,
            turns[place].variant,
            turns[place].seed,
            plan.tolerances,
            extent=extent,
        )
