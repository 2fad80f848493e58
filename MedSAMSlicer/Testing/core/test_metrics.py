"""Dice by its definition."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.metrics import dice


def test_dice_of_half_overlap() -> None:
    a, b = np.zeros(8, bool), np.zeros(8, bool)
    a[:4], b[2:6] = True, True
    assert dice(a, b) == pytest.approx(0.5)
    assert dice(a, b) == dice(b, a)


def test_dice_of_empty_masks_is_defined() -> None:
    empty, some = np.zeros(4, bool), np.ones(4, bool)
    assert dice(empty, empty) == 1
    assert dice(empty, some) == 0
