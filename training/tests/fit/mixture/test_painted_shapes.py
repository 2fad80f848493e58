"""Painted shapes can be seen, lie apart and stay where anything may be painted."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from medsam_training.fit.mixture.painted_shapes import a_shape, painted_shapes


def test_shapes_differ_from_what_they_cover_and_do_not_overlap() -> None:
    image = np.full((3, 128, 128), 100, np.float32)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        made, masks = painted_shapes(rng, image, np.ones((128, 128), bool), 4)
        assert masks and np.sum(masks, 0).max() == 1
        for mask in masks:
            core = ndimage.binary_erosion(mask, iterations=3)
            assert not core.any() or np.abs(made[0][core] - 100).mean() > 5
    assert (image == 100).all()


def test_nothing_is_painted_outside_of_what_is_seen() -> None:
    seen = np.zeros((128, 128), bool)
    seen[:, :64] = True
    for seed in range(5):
        _, masks = painted_shapes(np.random.default_rng(seed), np.zeros((3, 128, 128), np.float32), seen, 4)
        assert not any((mask & ~seen).any() for mask in masks)


def test_shapes_are_of_all_sizes_and_some_have_holes() -> None:
    rng = np.random.default_rng(0)
    shapes = [a_shape(rng, 256) for _ in range(60)]
    areas = sorted(np.count_nonzero(shape) for shape in shapes)
    assert areas[5] < 1000 and areas[-5] > 6000
    holes = [shape for shape in shapes if (ndimage.binary_fill_holes(shape) & ~shape).sum() > 50]
    assert 10 < len(holes) < 50
