"""The oracle answers the truth, with the ordered faults, and always the same."""

from __future__ import annotations

import numpy as np

from medsam_core.bench.oracle_faults import OracleFaults
from medsam_core.bench.oracle_slices import OracleSlices
from medsam_core.geometry import Geometry
from medsam_core.metrics import dice
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.slice_grid import SliceGrid

TRUTH = np.zeros((60, 40, 40), bool)
TRUTH[:, 10:30, 8:28] = True
BOX = SlicePrompt((6.0, 8.0, 29.0, 31.0))


def answers(faults: OracleFaults) -> list:
    slices = OracleSlices(TRUTH, faults=faults)
    return [slices.masks(k, [BOX])[0] for k in range(60)]


def test_without_faults_the_truth_in_the_box_is_answered() -> None:
    (mask,) = OracleSlices(TRUTH).masks(3, [SlicePrompt((0.0, 0.0, 15.0, 39.0))])
    np.testing.assert_array_equal(mask.mask_yx[:, :16], TRUTH[3, :, :16])
    assert not mask.mask_yx[:, 16:].any()


def test_misses_and_leaks_come_as_often_as_ordered() -> None:
    areas = np.array([m.area for m in answers(OracleFaults(misses=0.2, leaks=0.2))])
    assert 5 <= np.sum(areas == 0) <= 20
    assert 5 <= np.sum(areas == 24 * 24) <= 20
    assert np.sum(areas == 400) == 60 - np.sum(areas == 0) - np.sum(areas == 24 * 24)


def test_a_wandering_outline_costs_some_overlap_and_is_the_same_again() -> None:
    faults = OracleFaults(edge=0.1)
    first, again = answers(faults), answers(faults)
    overlaps = [dice(m.mask_yx, TRUTH[0]) for m in first]
    assert 0.85 < np.mean(overlaps) < 0.98 and min(overlaps) > 0.75
    assert all(np.array_equal(a.mask_yx, b.mask_yx) for a, b in zip(first, again, strict=True))


def test_its_confidence_knows_the_overlap_more_or_less() -> None:
    found = answers(OracleFaults(edge=0.3, misses=0.1, score=0.05))
    overlaps = [dice(m.mask_yx, TRUTH[0]) for m in found]
    assert np.corrcoef(overlaps, [m.confidence for m in found])[0, 1] > 0.7


def test_slices_in_another_orientation_show_the_same_truth() -> None:
    geometry = Geometry((40, 40, 60), np.eye(4))
    slices = OracleSlices(TRUTH).on(SliceGrid.along(geometry, "j"))
    (mask,) = slices.masks(12, [SlicePrompt((0.0, 0.0, 39.0, 59.0))])
    np.testing.assert_array_equal(mask.mask_yx, TRUTH[:, 12])
