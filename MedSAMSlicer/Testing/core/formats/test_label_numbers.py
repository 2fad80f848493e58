"""Which labels a map has."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.formats.label_numbers import labels_in


@given(st.lists(st.integers(0, 255), min_size=1), st.sampled_from([np.uint8, np.uint16]), st.integers(0, 255))
def test_they_are_those_that_numpy_finds(labels: list[int], kind: type, times: int) -> None:
    array = np.array(labels, kind).reshape(1, -1, 1)
    if kind is np.uint16:
        array = array * kind(times)
    assert labels_in(array) == np.unique(array).tolist()
