"""What is said of rows follows from them."""

from __future__ import annotations

import dataclasses

import pytest

from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.contestant import Contestant, the_ellipse
from medsam_training.evaluate.findings import find, spread
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.row import Variant
from medsam_training.evaluate.run import Evaluation
from medsam_training.evaluate.words import headlines

BOX = "box ±5 %"


class Named:
    """A segmenter that is only a name."""

    takes_boxes = takes_points = True

    def __init__(self, name):
        self.name = name


@pytest.fixture
def evaluation(row):
    """Two models and the ellipse on eight cases of one set and two of another, two seeds."""
    rows = []
    for name, size, dsc in (("LoRA", 64, 0.84), ("SAM", 64, 0.71), ("ellipse", None, 0.6)):
        for seed, shift in ((0, 0.01), (1, -0.01)):
            variant = Variant(name, BOX, size)
            rows += [row(dsc + n / 1000 + shift, variant=variant, case=str(n), seed=seed) for n in range(8)]
            rows += [
                row(dsc, variant=variant, set_name="b", case=str(n), seed=seed, modality="CT", unit="px")
                for n in range(2)
            ]
    contestants = (Contestant(Named("LoRA"), 64), Contestant(Named("SAM"), 64), the_ellipse())
    plan = Plan(askings=(Asking("box", 0.05),), seeds=(0, 1))
    return Evaluation(plan, contestants, "test", tuple(rows), tuple(rows), {}, (), 0, 1.0)


def test_before_and_after_are_one_sentence(evaluation):
    findings = find(evaluation, [evaluation.contestants[1]])
    told = headlines(evaluation, findings)
    assert told[0] == "LoRA raised test Dice from 0.71 to 0.84 (n = 10 cases, p = 0.002)."
    assert (
        "LoRA: test Dice 0.842, ellipse 0.602: its error (1 - Dice, mean of the sets) is 60% below" in told[1]
    )


def test_every_part_has_its_figure(evaluation):
    findings = find(evaluation)
    lora = findings.main[0]
    assert findings.figure(lora, "a").dsc.mean == pytest.approx(0.8435)
    assert findings.figure(lora, "b").dsc.mean == pytest.approx(0.84)
    assert findings.figure(lora).dsc.mean == pytest.approx((0.8435 + 0.84) / 2)
    assert {f.modality for f in findings.figures if f.variant == lora} == {None, "MR", "CT"}
    assert {(f.set_name, f.label) for f in findings.figures if f.label} == {("a", "ball"), ("b", "ball")}


def test_the_change_of_error_is_against_the_same_boxes(evaluation):
    findings = find(evaluation)
    assert findings.figure(findings.main[0], "b").error_change == pytest.approx(0.16 / 0.4 - 1)
    assert findings.figure(findings.main[2], "b").error_change is None


def test_millimetres_and_pixels_are_never_averaged(evaluation):
    findings = find(evaluation)
    every = findings.figure(findings.main[0])
    assert every.hd95 is None and every.unit is None
    assert findings.figure(findings.main[0], "a").unit == "mm"


def test_seeds_are_told_apart(evaluation):
    findings = find(evaluation)
    mine = [figure for figure in findings.seeds if figure.variant == findings.main[0]]
    mean, deviation = spread(mine)
    assert mean == pytest.approx(0.84175) and deviation == pytest.approx(0.01 / 2**0.5)


def test_a_set_that_does_not_count_is_still_shown(evaluation):
    findings = find(evaluation, uncounted=("b",))
    assert findings.figure(findings.main[0]).dsc.mean == pytest.approx(0.8435)
    assert findings.figure(findings.main[0], "b") is not None


def test_the_ellipse_is_compared_on_the_cases_that_there_are(evaluation, row):
    lora = evaluation.contestants[0]
    rows = [
        r for r in evaluation.rows if r.variant.model != "LoRA" or (r.set_name, r.case_id) == ("a", "a/7")
    ]
    findings = find(dataclasses.replace(evaluation, cases=tuple(rows)))
    figure = findings.figure(Variant(lora.name, BOX, 64), "a")
    assert figure.dsc.cases == 1 and figure.error_change == pytest.approx((1 - 0.847) / (1 - 0.607) - 1)
