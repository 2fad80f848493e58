"""Which tolerance, which unit."""

from __future__ import annotations

import dataclasses

import pytest

from medsam_training.evaluate.row import Tolerances, Variant, row_of
from medsam_training.evaluate.segmenter import Answer


def test_a_set_may_have_its_own_tolerance():
    tolerances = Tolerances(2.0, 3.0, (("small", 0.5),))
    assert [tolerances.of(name, True) for name in ("a", "small")] == [2.0, 0.5]
    assert [tolerances.of(name, False) for name in ("a", "small")] == [3.0, 0.5]


@pytest.mark.parametrize(("spacing", "unit", "tolerance"), [(None, "px", 3.0), ((0.5, 0.5), "mm", 2.0)])
def test_pictures_are_measured_in_pixels(a_disc, spacing, unit, tolerance):
    subject = dataclasses.replace(a_disc, spacing_yx=spacing)
    row = row_of(subject, Answer(a_disc.truth_yx), Variant("a", "box"), 0, Tolerances(2.0, 3.0))
    assert (row.unit, row.tolerance, row.dsc, row.modality) == (unit, tolerance, 1.0, "")


def test_without_surfaces_there_is_only_the_overlap(a_disc):
    row = row_of(a_disc, Answer(a_disc.truth_yx), Variant("a", "box"), 0, Tolerances(), surfaces=False)
    assert (row.dsc, row.iou, row.nsd, row.hd95) == (1.0, 1.0, None, None)


def test_a_variant_says_what_it_is():
    assert str(Variant("net", "5 points", 512, "mean")) == "net, 5 points, 512 px, mean"
    assert str(Variant("ellipse", "box")) == "ellipse, box"
