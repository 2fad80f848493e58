"""Ranges and percentiles are numpy's, for less memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medsam_core.errors import IntensityError
from medsam_core.value_range import percentiles_above_zero, value_range

shapes = st.tuples(st.integers(1, 4), st.integers(1, 7), st.integers(1, 7))
kinds = st.sampled_from([np.uint8, np.int8, np.uint16, np.int16, np.int32, np.float32])


@settings(max_examples=150, deadline=None)
@given(hnp.arrays(kinds, shapes), st.floats(0, 50), st.floats(50, 100))
def test_percentiles_are_those_of_numpy(values: np.ndarray, low: float, high: float) -> None:
    chosen = values[np.isfinite(values) & (values > 0)]
    found = percentiles_above_zero(values, (low, high))
    if not chosen.size:
        assert found is None
        return
    with np.errstate(over="ignore"):
        expected = np.percentile(chosen.astype(np.float64), (low, high))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@settings(deadline=None)
@given(hnp.arrays(kinds, shapes))
def test_the_range_is_that_of_the_finite_values(values: np.ndarray) -> None:
    finite = values[np.isfinite(values)]
    if not finite.size:
        with pytest.raises(IntensityError):
            value_range(values)
        return
    found = value_range(values)
    assert (found.low, found.high) == (finite.min(), finite.max())
    assert found.nonfinite == values.size - finite.size
