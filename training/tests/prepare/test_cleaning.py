"""MedSAM's rules for small objects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage import measure

from medsam_training.prepare.cleaning import CleaningRules, clean, remove_small

LABELS = arrays.arrays(np.uint8, (4, 9, 8), elements=st.sampled_from([0, 0, 1, 1, 2]))


def _by_skimage(labels, fewest):
    """The same rule by another library's components, on the whole array at once."""
    parts = measure.label(labels, connectivity=labels.ndim, background=0)
    sizes = np.bincount(parts.ravel())
    return np.where(sizes[parts] < fewest, 0, labels)


@given(LABELS, st.integers(0, 40))
def test_small_parts_go_as_an_independent_labelling_says(labels, fewest):
    expected = _by_skimage(labels, fewest)
    found = labels.copy()
    removed = remove_small(found, fewest)
    assert np.array_equal(found, expected)
    assert removed == np.count_nonzero(labels) - np.count_nonzero(expected)


@given(LABELS, st.integers(0, 30), st.integers(0, 12))
def test_volumes_are_cleaned_in_3d_first_and_then_slice_by_slice(labels, voxels, pixels):
    expected = _by_skimage(labels, voxels)
    expected = np.stack([_by_skimage(slice_yx, pixels) for slice_yx in expected])
    found = labels.copy()
    cleaned = clean(found, CleaningRules(voxels, pixels))
    assert np.array_equal(found, expected)
    assert cleaned.slice_numbers == tuple(np.flatnonzero(expected.any((1, 2))).tolist())
    gone = cleaned.removed["small_in_3d"] + cleaned.removed["small_in_2d"]
    assert gone == np.count_nonzero(labels) - np.count_nonzero(expected)


@given(LABELS)
def test_switched_off_nothing_changes_but_empty_slices_go(labels):
    found = labels.copy()
    cleaned = clean(found, CleaningRules(0, 0))
    assert np.array_equal(found, labels)
    assert len(cleaned.slice_numbers) == np.count_nonzero(labels.any((1, 2)))
    assert clean(found, CleaningRules(0, 0, keep_empty=True)).slice_numbers == (0, 1, 2, 3)


@pytest.mark.parametrize(("side", "kept"), [(9, False), (10, True)])
def test_a_pictures_objects_of_100_pixels_stay_and_smaller_ones_go(side, kept):
    labels = np.zeros((1, 30, 30), np.uint16)
    labels[0, :side, :10] = 300
    assert bool(clean(labels, CleaningRules()).slice_numbers) is kept
