"""What prompts ask for."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from medsam_training.objects import a_part, even_regions, labelled_objects, painted_shapes


def two_squares():
    labels = np.zeros((64, 64), np.uint16)
    labels[5:20, 5:20], labels[40:60, 30:50] = 3, 3
    return labels


def test_an_instance_is_asked_for_whole():
    masks = labelled_objects(np.random.default_rng(0), two_squares(), 4, instances=True)
    assert len(masks) == 4 and all((m == (two_squares() == 3)).all() for m in masks)


def test_a_part_is_connected():
    assert ndimage.label(a_part(np.random.default_rng(0), two_squares() > 0))[1] == 1


def test_no_labels_no_objects():
    assert labelled_objects(np.random.default_rng(0), np.zeros((9, 9), np.uint16), 3, False) == []


def test_painted_shapes_differ_from_what_they_cover_and_do_not_overlap():
    rng = np.random.default_rng(1)
    image = np.full((3, 128, 128), 100, np.float32)
    made, masks = painted_shapes(rng, image, np.ones((128, 128), bool), 4)
    assert masks and np.sum(masks, 0).max() == 1
    for mask in masks:
        core = ndimage.binary_erosion(mask, iterations=3)
        assert not core.any() or np.abs(made[0][core] - 100).mean() > 5


def test_even_regions_are_even():
    rng = np.random.default_rng(2)
    image = np.zeros((3, 96, 96), np.float32)
    image[:, 20:60, 30:70] = 1.0
    masks = [m for _ in range(10) for m in even_regions(rng, image, np.ones((96, 96), bool), 3)]
    assert masks and all(image[0][m].std() < 0.2 for m in masks)
