"""One run of one strategy on one object becomes a row; rows become figures and tables."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.bench.confidence_value import confidence_value
from medsam_core.bench.oracle_slices import OracleSlices
from medsam_core.bench.propagation_markdown import markdown
from medsam_core.bench.propagation_run import RUNS, Row, run_on
from medsam_core.bench.truth_objects import TruthObject, objects_of

TRUTH = np.zeros((20, 40, 44), np.uint8)
for _k in range(4, 16):
    TRUTH[_k, 10 + abs(_k - 10) : 30 - abs(_k - 10), 12:30] = 2


def the_object() -> TruthObject:
    (found,) = objects_of(TRUTH, 50, 3)
    return found


def a_row(confidence: list[float], overlaps: list[float], **other: object) -> Row:
    given = {"dsc": 0.9, "nsd": 0.8, "seconds": 1.0, "below": 0, "above": -2, "neighbour": 0.0} | other
    return Row(
        "set",
        "case",
        1,
        1,
        "track",
        "2D box",
        **given,
        confidence=tuple(confidence),
        slice_dsc=tuple(overlaps),
    )


@pytest.mark.parametrize(("strategy", "prompt"), RUNS)
def test_with_the_truth_for_a_model_every_strategy_is_right(strategy: str, prompt: str) -> None:
    row = run_on(the_object(), TRUTH > 0, strategy, prompt, OracleSlices(TRUTH > 0), ("set", "case"))
    assert (row.strategy, row.prompt, row.label) == (strategy, prompt, 2)
    assert row.dsc > 0.95 and row.nsd > 0.95
    assert abs(row.below) <= 1 and abs(row.above) <= 1
    assert len(row.confidence) == len(row.slice_dsc) >= 10


def test_a_confidence_that_ranks_as_the_truth_does_is_worth_one_and_the_other_way_round_minus_one() -> None:
    overlaps = [0.9, 0.8, 0.7, 0.6, 0.5, 0.95]
    good = confidence_value([a_row([0.8, 0.7, 0.6, 0.5, 0.4, 0.9], overlaps)])
    bad = confidence_value([a_row([-o for o in overlaps], overlaps)])
    assert (good.within, good.pooled, good.named) == pytest.approx((1, 1, 1))
    assert (bad.within, bad.named) == pytest.approx((-1, 0))
    assert good.chance == pytest.approx(1 / 6)


def test_short_runs_rank_nothing() -> None:
    assert confidence_value([a_row([0.5, 0.6], [0.5, 0.6])]).objects == 0


def test_tables_have_a_line_for_each_strategy_that_ran() -> None:
    row = a_row([0.1, 0.2, 0.3, 0.4, 0.5], [0.5, 0.6, 0.7, 0.8, 0.9])
    text = markdown({"model": [row], "oracle": [row], "oracle with faults": []})
    assert text.count("| track | 2D box | 1 |") == 3
    assert "50.0%" in text and "with faults" not in text
    assert "| consensus" not in text
