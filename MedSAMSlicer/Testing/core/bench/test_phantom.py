"""The picture that is measured on."""

from __future__ import annotations

import numpy as np

from medsam_core.bench.phantom import phantom_boxes, phantom_slice, phantom_volume


def test_it_is_the_same_every_time() -> None:
    assert np.array_equal(phantom_slice(), phantom_slice())
    assert np.array_equal(phantom_boxes(64), phantom_boxes(64))


def test_no_two_slices_of_a_volume_are_alike() -> None:
    array = phantom_volume(64, 4).array_kji
    assert array.shape == (4, 64, 64)
    assert all(not np.array_equal(array[a], array[b]) for a in range(4) for b in range(a))


def test_boxes_lie_in_the_picture_and_are_not_empty() -> None:
    boxes = phantom_boxes(64, side=512)
    assert ((boxes >= 0) & (boxes < 512)).all()
    assert (boxes[:, 2:] - boxes[:, :2] > 20).all()
