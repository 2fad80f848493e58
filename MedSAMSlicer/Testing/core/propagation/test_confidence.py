"""More evidence for a mask, more confidence; nothing known is neither for nor against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.propagation.confidence import Evidence, overlap_moved, undecided
from medsam_core.propagation.slice_mask import SliceMask

SHARES = st.floats(0, 1)


def a_mask(rows: slice, columns: slice, probability: float = 1.0) -> SliceMask:
    field = np.zeros((40, 40), np.float32)
    field[rows, columns] = probability
    return SliceMask(0, field > 0.5, field, 0.5)


@given(SHARES, SHARES, SHARES, SHARES, SHARES)
def test_confidence_is_a_share_and_grows_with_each_term(
    a: float, b: float, c: float, d: float, e: float
) -> None:
    evidence = Evidence(a, b, c, d, e)
    assert 0 <= evidence.confidence <= 1
    for term in ("score", "likeness", "contrast", "overlap"):
        assert replace(evidence, **{term: 1.0}).confidence >= evidence.confidence
    assert replace(evidence, undecided=1.0).confidence <= evidence.confidence


def test_a_mask_of_firm_pixels_is_decided_and_an_empty_one_is_not() -> None:
    assert undecided(a_mask(slice(5, 20), slice(5, 20))) == 0
    assert undecided(a_mask(slice(5, 20), slice(5, 20), 0.75)) == pytest.approx(0.25)
    assert undecided(a_mask(slice(0, 0), slice(0, 0))) == 1


def test_overlap_does_not_mind_that_the_object_moved() -> None:
    one, moved = a_mask(slice(5, 15), slice(5, 20)), a_mask(slice(22, 32), slice(18, 33))
    assert overlap_moved(one, moved) == 1
    assert overlap_moved(one, a_mask(slice(5, 15), slice(5, 15))) == pytest.approx(10 / 15)
    assert overlap_moved(one, a_mask(slice(0, 0), slice(0, 0))) == 0
