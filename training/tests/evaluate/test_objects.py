"""What counts as one object."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from medsam_core.slice_view import SliceView
from medsam_training.evaluate.case_images import CaseImages
from medsam_training.evaluate.case_list import ListedCase
from medsam_training.evaluate.objects import object_keys, subjects_on
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.study import single_studies

SLICES = Plan(per="slice")


@pytest.fixture
def study_and_images():
    """One picture: two kidneys (1) apart, a speck of liver (2), a spleen (7)."""
    labels = np.zeros((60, 60), np.uint8)
    labels[5:15, 5:15] = labels[5:15, 40:50] = 1
    labels[30:33, 30:33] = 2
    labels[40:55, 5:50] = 7
    view = SliceView(False, False, False, 1.0, None)
    names = {1: "kidney", 2: "liver", 7: "spleen"}
    image = np.zeros((60, 60), np.uint8)
    images = CaseImages(names, (1, 60, 60), None, (0,), view, lambda k: image, lambda k: labels)
    case = ListedCase("s/a", "s", "p", "CT", "a.png", None, "", lambda: images)
    return single_studies([case])[0], (images,)


def found(study_and_images, plan, **options):
    return [(s.label, s.part) for s in subjects_on(*study_and_images, 0, plan, **options)]


def test_a_label_is_one_object_and_specks_are_none(study_and_images):
    assert found(study_and_images, SLICES) == [("kidney", 0), ("spleen", 0)]


def test_a_whole_case_needs_its_specks(study_and_images):
    assert found(study_and_images, Plan()) == [("kidney", 0), ("liver", 0), ("spleen", 0)]


def test_parts_are_objects_of_their_own(study_and_images):
    plan = dataclasses.replace(SLICES, objects="part")
    assert found(study_and_images, plan) == [("kidney", 1), ("kidney", 2), ("spleen", 1)]
    one, other, _ = subjects_on(*study_and_images, 0, plan)
    assert not (one.truth_yx & other.truth_yx).any() and one.key != other.key


def test_only_the_labels_wanted(study_and_images):
    plan = dataclasses.replace(SLICES, labels=("spleen",), min_pixels=1)
    assert found(study_and_images, plan) == [("spleen", 0)]


def test_everything_may_be_asked_for_even_if_it_is_not_there(study_and_images):
    plan = dataclasses.replace(SLICES, min_pixels=10_000)
    assert found(study_and_images, plan) == []
    assert len(found(study_and_images, plan, whatever=True)) == 3


def test_keys_name_the_same_objects_without_their_images(study_and_images):
    subjects = subjects_on(*study_and_images, 0, SLICES)
    assert object_keys(study_and_images[1][0], SLICES) == [
        (s.slice_number, s.number, s.part) for s in subjects
    ]
