"""Whether a difference is more than chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wilcoxon

from medsam_training.evaluate.paired_test import paired_test
from medsam_training.evaluate.row import Variant

AFTER = Variant("LoRA", "box", 64)


def pair(row, before, after, **changes):
    """Rows of two segmenters on the same cases."""
    return (
        [row(v, case=str(n), **changes) for n, v in enumerate(before)],
        [row(v, case=str(n), variant=AFTER, **changes) for n, v in enumerate(after)],
    )


def test_eight_cases_that_all_gain_are_the_sentence_of_the_manual(row):
    before = [0.60, 0.65, 0.68, 0.71, 0.72, 0.74, 0.77, 0.81]
    after = [0.80, 0.81, 0.83, 0.84, 0.84, 0.85, 0.86, 0.89]
    test = paired_test(*pair(row, before, after))
    assert test.p == pytest.approx(2 / 2**8)
    assert test.sentence("LoRA") == "LoRA raised test Dice from 0.71 to 0.84 (n = 8 cases, p = 0.008)"
    assert "from the ellipse's 0.71 to 0.84" in test.sentence("LoRA", other="the ellipse")


def test_p_is_scipys(row):
    rng = np.random.default_rng(0)
    before, after = rng.random((2, 15))
    assert paired_test(*pair(row, before, after)).p == pytest.approx(wilcoxon(after, before).pvalue)


def test_what_may_be_chance_is_said(row):
    test = paired_test(*pair(row, [0.5, 0.6, 0.7, 0.8, 0.9, 0.6], [0.6, 0.5, 0.8, 0.7, 0.9, 0.61]))
    assert "may be chance" in test.sentence("x")
    few = paired_test(*pair(row, [0.5, 0.6], [0.9, 0.9]))
    assert few.sentence("x").endswith("fewer than 6 cases cannot show a difference")


def test_nothing_changed_is_no_test_at_all(row):
    test = paired_test(*pair(row, [0.5, 0.6], [0.5, 0.6]))
    assert test.p == 1 and test.sentence("x", "validation").startswith(
        "x kept validation Dice from 0.55 to 0.55"
    )


def test_a_small_change_is_written_with_the_digits_that_show_it(row):
    up = paired_test(*pair(row, [0.766, 0.766], [0.768, 0.770]))
    assert up.sentence("x").startswith("x raised test Dice from 0.766 to 0.769 (")
    alike = paired_test(*pair(row, [0.7670, 0.7670], [0.7671, 0.7672]))
    assert alike.sentence("x").startswith("x kept test Dice from 0.767 to 0.767 (")


def test_two_cases_of_a_patient_are_one_pair(row):
    before, after = pair(row, [0.5, 0.6, 0.7], [0.6, 0.8, 0.9], patient="same")
    test = paired_test(before, after)
    assert (test.n, test.unit) == (1, "patients") and test.after == pytest.approx(np.mean([0.6, 0.8, 0.9]))


def test_only_what_both_saw_counts(row):
    before, after = pair(row, [0.5, 0.6], [0.7, 0.8])
    assert paired_test(before[:1], after).n == 1
    assert paired_test(before[:1], after[1:]) is None
