"""Several tests at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_training.compare.holm import holm

P_VALUES = st.lists(st.floats(0, 1), max_size=12)


def test_the_example_of_the_textbooks() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(P_VALUES)
def test_no_p_becomes_smaller_or_leaves_its_range_and_the_order_stays(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(old <= new <= 1 for old, new in zip(p_values, corrected, strict=True))
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    assert [corrected[place] for place in order] == sorted(corrected)


def test_one_test_needs_no_correction() -> None:
    assert holm([0.2]) == [0.2]
    assert holm([]) == []
