"""The normalised surface Dice, by hand and against MONAI."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.surface_dice import surface_dice


def a_ball(shift: float = 0.0, radius: float = 9.0) -> np.ndarray:
    k, j, i = np.indices((24, 30, 32))
    return (k - 12) ** 2 + (j - 15) ** 2 + (i - 15 - shift) ** 2 <= radius**2


def test_equal_masks_agree_and_far_ones_do_not() -> None:
    assert surface_dice(a_ball(), a_ball(), (1.0, 1.0, 1.0)) == 1
    left, right = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    left[:, :3], right[:, 15:] = True, True
    assert surface_dice(left, right, (1.0, 1.0)) == 0


def test_a_shift_within_the_tolerance_costs_nothing_and_the_unit_is_the_spacings() -> None:
    assert surface_dice(a_ball(), a_ball(2), (1.0, 1.0, 1.0)) == 1
    assert surface_dice(a_ball(), a_ball(2), (3.0, 3.0, 3.0)) < 0.7


def test_empty_masks_are_defined() -> None:
    empty = np.zeros((4, 4), bool)
    assert surface_dice(empty, empty, (1.0, 1.0)) == 1
    assert surface_dice(empty, ~empty, (1.0, 1.0)) == 0


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 0.8, 0.9)])
def test_it_is_the_figure_that_monai_gives(spacing: tuple[float, float, float]) -> None:
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("monai.metrics")
    one, other = a_ball(), a_ball(3, 8)
    pair = [torch.from_numpy(m.astype(np.float32))[None, None] for m in (one, other)]
    theirs = metrics.compute_surface_dice(*pair, [2.0], include_background=True, spacing=list(spacing))
    assert surface_dice(one, other, spacing) == pytest.approx(float(theirs), abs=1e-6)
