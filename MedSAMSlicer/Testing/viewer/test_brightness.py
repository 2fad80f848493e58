"""Windows of grey values."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.volume import Volume
from medsam_viewer.brightness import Brightness, value_span


def test_a_drag_across_changes_the_width_and_one_upwards_the_middle() -> None:
    start = Brightness(100, 300)
    assert start.dragged(0.5, 0, 400) == Brightness(0, 400)
    assert start.dragged(0, 0.25, 400) == Brightness(0, 200)


def test_no_drag_turns_the_range_over() -> None:
    narrow = Brightness(100, 300).dragged(-1, 0, 1000)
    assert narrow.low < narrow.high


@pytest.mark.parametrize("values", [np.zeros((2, 3, 4)), np.full((2, 3, 4), np.nan)])
def test_even_an_empty_volume_has_a_span(values: np.ndarray) -> None:
    assert value_span(Volume(values, Geometry((4, 3, 2), np.eye(4)))) > 0
