"""Whether a score can be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_training.evaluate.calibration import BINS, calibration


def scored(row, pairs):
    return [row(iou=iou, score=score) for score, iou in pairs]


def test_a_score_that_is_the_iou_has_no_error(row):
    values = np.linspace(0, 1, 51)
    found = calibration(scored(row, zip(values, values, strict=True)))
    assert found.error == pytest.approx(0) and found.off_by == pytest.approx(0) and found.count == 51


def test_the_error_is_each_bins_gap_by_its_count(row):
    found = calibration(scored(row, [(0.95, 0.5), (0.95, 0.7), (0.15, 0.25)]))
    assert found.error == pytest.approx((2 * 0.35 + 1 * 0.1) / 3)
    assert found.off_by == pytest.approx((0.45 + 0.25 + 0.1) / 3)


def test_errors_that_even_out_inside_a_bin_still_leave_it_off(row):
    found = calibration(scored(row, [(0.55, 0.35), (0.55, 0.75)]))
    assert found.error == pytest.approx(0) and found.off_by == pytest.approx(0.2)


def test_every_score_has_a_bin(row):
    found = calibration(scored(row, [(0.0, 0), (0.1, 0), (1.0, 1)]))
    assert [b.count for b in found.bins] == [1, 1, *[0] * (BINS - 3), 1]
    assert found.bins[5].score is None


def test_without_scores_there_is_nothing_to_calibrate(row):
    assert calibration([row()]) is None
