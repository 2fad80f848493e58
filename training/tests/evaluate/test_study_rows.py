"""Rows are of what was asked for, and a case is its slices put together."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from medsam_core.inference.load import load_model
from medsam_core.metrics import dice
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.case_list import list_cases
from medsam_training.evaluate.contestant import Contestant, the_ellipse
from medsam_training.evaluate.models import contestant_of
from medsam_training.evaluate.objects import subjects_on
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.prompt import box_prompt
from medsam_training.evaluate.segmenter import Answer
from medsam_training.evaluate.study import phase_studies, single_studies
from medsam_training.evaluate.study_rows import measure_study

from .conftest import write_ball

EXACT = Plan(askings=(Asking("box"),))


class Oracle:
    """Answers the truth, wherever the box is right."""

    name, takes_boxes, takes_points = "oracle", True, True

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold

    def segment(self, image_yx, prompts):
        return [Answer(image_yx > self.threshold, None, 0.5) for _ in prompts]


@pytest.fixture
def study(prepared_balls):
    return single_studies(list_cases([prepared_balls]))[0]


def test_a_case_is_its_slices_put_together(study):
    images = study.load()
    rows = measure_study(study, images, [the_ellipse()], EXACT)
    truth, found = [], []
    for k in images[0].slice_numbers:
        subjects = [s for s in subjects_on(study, images, k, EXACT) if s.number == 1]
        prompts = [box_prompt(s, 0, 0) for s in subjects]
        answers = the_ellipse().segmenter.segment(images[0].image_yx(k), prompts)
        nothing = np.zeros(images[0].shape_kji[1:], bool)
        truth.append(subjects[0].truth_yx if subjects else nothing)
        found.append(answers[0].mask_yx if subjects else nothing)
    (ball,) = [row for row in rows.cases if row.label == "ball"]
    assert ball.dsc == pytest.approx(dice(np.stack(found), np.stack(truth)))
    assert ball.truth_size == np.stack(truth).sum() and ball.slice_number is None and ball.unit == "mm"
    assert sum(row.truth_size for row in rows.slices if row.label == "ball") == ball.truth_size


def test_slices_by_themselves_have_surfaces_and_no_case(study):
    rows = measure_study(study, study.load(), [the_ellipse()], dataclasses.replace(EXACT, per="slice"))
    assert rows.cases == () and all(row.hd95 is not None and row.truth_size >= 30 for row in rows.slices)


def test_a_perfect_answer_is_perfect(tmp_path):
    write_ball(tmp_path / "one", "a", 0)
    (study,) = single_studies(list_cases([tmp_path / "one"]))
    only_the_ball = Contestant(Oracle(200))  # nothing else is as bright
    rows = measure_study(study, study.load(), [only_the_ball], EXACT).cases
    ball, rod = sorted(rows, key=lambda row: row.number)
    assert (ball.dsc, ball.nsd, ball.hd95, ball.iou, ball.score) == (1, 1, 0, 1, 0.5)
    assert rod.dsc == 0 and rod.hd95 > 0


def test_every_way_to_ask_has_its_rows(study):
    model = contestant_of(load_model("demo"))
    plan = Plan(askings=(Asking("box", 0.05), Asking("points", 5), Asking("clicks", 2)), seeds=(0, 1))
    rows = measure_study(study, study.load(), [model, the_ellipse()], plan).cases
    asked = {(row.variant.model, row.variant.prompt, row.seed) for row in rows}
    assert asked == {
        ("demo", "box ±5 %", 0),
        ("demo", "box ±5 %", 1),
        ("demo", "5 points", 0),
        ("demo", "5 points", 1),
        ("demo", "2 clicks", 0),
        ("ellipse", "box ±5 %", 0),
        ("ellipse", "box ±5 %", 1),
    }


def test_images_of_a_case_are_measured_alone_and_fused(tmp_path):
    write_ball(tmp_path / "scans", "a", 0, ("_t1", "_flair"))
    (study,) = phase_studies(list_cases([tmp_path / "scans"]), "_(t1|flair)$")
    model = contestant_of(load_model("demo"))
    plan = dataclasses.replace(EXACT, fusions=("mean", "max"))
    rows = measure_study(study, study.load(), [model, the_ellipse()], plan).cases
    assert {row.variant.fusion for row in rows if row.variant.model == "demo"} == {
        "flair",
        "t1",
        "mean",
        "max",
    }
    assert {row.variant.fusion for row in rows if row.variant.model == "ellipse"} == {""}
    assert {row.case_id for row in rows} == {"scans/a"}


def test_parts_of_a_label_are_asked_for_alone_and_measured_together(tmp_path):
    write_ball(tmp_path / "one", "a", 0)
    (study,) = single_studies(list_cases([tmp_path / "one"]))
    plan = dataclasses.replace(EXACT, objects="part")
    rows = measure_study(study, study.load(), [the_ellipse()], plan)
    assert {row.part for row in rows.slices} == {1} and {row.part for row in rows.cases} == {0}
    assert len(rows.cases) == 2


def test_a_network_of_classes_is_measured_where_it_finds_what_is_not_there(
    balls, prepared_balls, tiny_classes
):
    study = single_studies(list_cases([prepared_balls]))[0]
    network = contestant_of(load_model(tiny_classes))
    rows = measure_study(study, study.load(), [network, the_ellipse()], EXACT)
    mine = [row for row in rows.slices if row.variant.model == network.name]
    assert {row.variant.prompt for row in mine} == {"no prompt"}
    assert all(row.truth_size or row.dsc == 0 for row in mine)
    assert {row.label for row in rows.cases if row.variant.model == network.name} == {"ball", "rod"}


def test_a_picture_is_a_case_of_one_slice(small_data):
    study = next(s for s in single_studies(list_cases([small_data])) if s.id == "discs/b")
    rows = measure_study(study, study.load(), [the_ellipse()], EXACT)
    alone = measure_study(study, study.load(), [the_ellipse()], dataclasses.replace(EXACT, per="slice"))
    (case,), (slice_row,) = rows.cases, alone.slices
    assert (case.dsc, case.nsd, case.hd95, case.unit) == (slice_row.dsc, slice_row.nsd, slice_row.hd95, "px")
