"""What is kept of a study is only used for the same question."""

from __future__ import annotations

import dataclasses

import pytest

from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.case_list import list_cases
from medsam_training.evaluate.contestant import the_ellipse
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.record import read_record, record_key, write_record
from medsam_training.evaluate.row import Tolerances
from medsam_training.evaluate.study import single_studies
from medsam_training.evaluate.study_rows import StudyRows, measure_study

PLAN = Plan(askings=(Asking("box", 0.05),))


@pytest.fixture
def study(prepared_balls):
    return single_studies(list_cases([prepared_balls]))[0]


def test_rows_come_back_as_they_were(study, tmp_path):
    rows = measure_study(study, study.load(), [the_ellipse()], PLAN)
    write_record(tmp_path, study, "key", rows)
    assert read_record(tmp_path, study, "key") == rows
    assert read_record(tmp_path, study, "other") is None


def test_a_hostile_record_is_no_record(study, tmp_path):
    write_record(tmp_path, study, "key", StudyRows((), ()))
    (path,) = (tmp_path / "records").iterdir()
    for content in (
        b"",
        b"[]",
        b'{"key": "key"}',
        b"\xff\xfe",
        b'{"key":"key","rows":{"slices":[1],"cases":[]}}',
    ):
        path.write_bytes(content)
        assert read_record(tmp_path, study, "key") is None


@pytest.mark.parametrize(
    "change",
    [
        {"askings": (Asking("box", 0.1),)},
        {"seeds": (0, 1)},
        {"per": "slice"},
        {"objects": "part"},
        {"labels": ("ball",)},
        {"tolerances": Tolerances(1.0)},
        {"min_pixels": 5},
    ],
)
def test_everything_that_decides_over_rows_is_in_the_key(study, change):
    other = dataclasses.replace(PLAN, **change)
    assert record_key(study, [the_ellipse()], PLAN, None) != record_key(study, [the_ellipse()], other, None)


def test_how_many_cases_there_are_is_not(study):
    other = dataclasses.replace(PLAN, most=3)
    assert record_key(study, [the_ellipse()], PLAN, None) == record_key(study, [the_ellipse()], other, None)
