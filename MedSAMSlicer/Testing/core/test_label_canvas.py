"""Where segments meet, the more probable one wins, in whatever order they were painted."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.geometry import Geometry
from medsam_core.label_canvas import LabelCanvas
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.slice_grid import SliceGrid

GEOMETRY = Geometry((7, 6, 5), np.diag([1.0, 1.0, 2.0, 1.0]))


def steps(axis: str, seed: int) -> list[tuple[int, SliceMask]]:
    """Coarse probabilities (ties are common) of three segments on some slices."""
    grid = SliceGrid.along(GEOMETRY, axis)
    rng = np.random.default_rng(seed)
    found = []
    for place in range(3):
        for n in rng.permutation(grid.count)[:3]:
            probability = (rng.integers(0, 5, grid.shape_yx) / 4).astype(np.float32)
            found.append((place, SliceMask(int(n), probability > 0.5, probability, 0.9)))
    return found


@settings(deadline=None)
@given(st.sampled_from("kji"), st.integers(0, 500), st.randoms(use_true_random=False))
def test_the_order_of_painting_does_not_matter(axis: str, seed: int, random: st.Random) -> None:
    painted = steps(axis, seed)
    shuffled = random.sample(painted, len(painted))
    labels = []
    for order in (painted, shuffled):
        canvas = LabelCanvas(GEOMETRY, SliceGrid.along(GEOMETRY, axis), (5, 300, 2))
        for place, mask in order:
            canvas.paint(place, mask)
        labels.append(canvas.finish())
    assert labels[0].dtype == np.uint16
    assert np.array_equal(*labels)


@given(st.integers(0, 500))
def test_a_voxel_goes_to_the_most_probable_segment_and_a_tie_to_the_first(seed: int) -> None:
    canvas = LabelCanvas(GEOMETRY, SliceGrid.along(GEOMETRY), (1, 2, 3))
    best = np.zeros((3, *GEOMETRY.shape_kji))
    for place, mask in steps("k", seed):
        canvas.paint(place, mask)
        best[place, mask.index] = np.where(mask.mask_yx, mask.probability_yx, 0)
    expected = np.where(best.max(axis=0) > 0, best.argmax(axis=0) + 1, 0)
    assert np.array_equal(canvas.finish(), expected)
