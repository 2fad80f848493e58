"""Means and intervals are of patients."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import bootstrap

from medsam_training.evaluate.summary import error_change, estimate, mean_of_sets, patient_means


@pytest.fixture
def rows(row):
    """Twenty patients with one case each."""
    values = np.random.default_rng(1).beta(8, 2, 20)
    return [row(float(value), case=str(number)) for number, value in enumerate(values)]


def test_the_interval_is_that_of_scipys_bootstrap(rows):
    found = estimate(rows)
    values = ([row.dsc for row in rows],)
    law = bootstrap(
        values, np.mean, method="percentile", n_resamples=20000, random_state=0
    ).confidence_interval
    assert found.mean == pytest.approx(np.mean(values))
    assert (found.low, found.high) == pytest.approx((law.low, law.high), abs=0.004)


def test_more_rows_of_the_same_patients_make_nobody_surer(rows):
    once, ten_times = estimate(rows), estimate(rows * 10)
    assert (once.low, once.high) == pytest.approx((ten_times.low, ten_times.high))
    assert (ten_times.rows, ten_times.cases, ten_times.patients) == (200, 20, 20)
    strangers = [dataclasses.replace(r, patient=f"{r.patient}-{n}") for n in range(10) for r in rows]
    alone = estimate(strangers)
    assert alone.high - alone.low < (once.high - once.low) / 2


def test_the_interval_holds_the_truth_nineteen_times_of_twenty(row):
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        drawn = [row(float(v), case=str(n)) for n, v in enumerate(rng.normal(0.7, 0.1, 40))]
        found = estimate(drawn)
        held += found.low <= 0.7 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_one_patient_has_a_mean_and_no_interval(row):
    found = estimate([row(0.5), row(0.7)])
    assert found.mean == pytest.approx(0.6) and found.low is None and found.high is None


def test_the_same_rows_give_the_same_interval(rows):
    assert estimate(rows) == estimate(rows)


def test_each_set_counts_once_and_some_do_not(row):
    rows = [row(0.9, set_name="many", case=str(n)) for n in range(9)]
    rows += [row(0.5, set_name="few"), row(0.1, set_name="vessels")]
    assert mean_of_sets(rows, uncounted=("vessels",)).mean == pytest.approx(0.7)
    assert mean_of_sets(rows, uncounted=("many", "few", "vessels")) is None


def test_sets_of_one_patient_each_have_no_interval_together(row):
    found = mean_of_sets([row(0.9, set_name="a"), row(0.5, set_name="b")])
    assert found.low is None and found.patients == 2


def test_the_error_is_counted_from_one():
    assert error_change(0.811, 0.752) == pytest.approx(0.189 / 0.248 - 1)
    assert error_change(1.0, 1.0) is None


def test_a_patients_mean_is_over_all_its_rows(row):
    rows = [row(0.4, patient="p"), row(0.6, patient="p", case="2"), row(0.9)]
    assert patient_means(rows) == {("a", "p"): pytest.approx(0.5), ("a", "a/1"): 0.9}
