"""Slices are made smaller and put together without losing track of their labels."""

from __future__ import annotations

import numpy as np

from medsam_training.fit.mixture.labelled_slice import LabelledSlice, mosaic, shrunk


def a_square(height: int = 80, width: int = 120) -> LabelledSlice:
    labels = np.zeros((height, width), np.uint8)
    labels[20:60, 30:90] = 1
    return LabelledSlice(np.where(labels, 220, 40).astype(np.uint8), labels)


def test_a_small_slice_stays_as_it_is() -> None:
    cut = a_square()
    assert shrunk(cut, 120) is cut


def test_image_and_labels_shrink_alike() -> None:
    small = shrunk(a_square(), 60)
    assert small.image.shape == small.labels_yx.shape == (40, 60)
    assert ((small.image > 130) == (small.labels_yx > 0)).mean() > 0.99


def test_a_colour_image_keeps_its_colours() -> None:
    cut = a_square()
    coloured = LabelledSlice(np.stack([cut.image, cut.image // 2, cut.image], -1), cut.labels_yx)
    small = shrunk(coloured, 60)
    assert small.image.shape == (40, 60, 3)
    assert abs(small.image[20, 30].astype(int) - (220, 110, 220)).max() <= 1


def test_tiles_of_a_mosaic_keep_their_objects_apart() -> None:
    tiled = mosaic([a_square() for _ in range(3)] + [a_square(70, 110)])
    assert tiled.labels_yx.shape == tiled.image.shape == (140, 220)
    assert len(np.unique(tiled.labels_yx)) == 5
