"""Numbers in headers read back as they were."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.formats.numbers_as_text import numbers_as_text


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_number_reads_back_exactly(values: list[float]) -> None:
    assert [float(word) for word in numbers_as_text(values).split(" ")] == values


def test_whole_numbers_are_short_and_zero_has_no_sign() -> None:
    assert numbers_as_text([1.0, -0.0, 0.1, 3]) == "1 0 0.1 3"
    assert numbers_as_text([1, 2.5], ",") == "1,2.5"
