"""A mask kept slice by slice is the mask."""

from __future__ import annotations

import numpy as np

from medsam_training.evaluate.mask_pile import MaskPile, joint_bounds


def test_what_is_put_in_comes_out():
    rng = np.random.default_rng(0)
    whole, other = rng.random((2, 6, 20, 30)) < 0.02
    piles = []
    for mask in (whole, other):
        pile = MaskPile()
        for k, slice_yx in enumerate(mask):
            pile.add(k, slice_yx)
        piles.append(pile)
    bounds = joint_bounds(*piles)
    for mask, pile in zip((whole, other), piles, strict=True):
        again = np.zeros_like(mask)
        again[bounds] = pile.within(bounds)
        np.testing.assert_array_equal(again, mask)


def test_two_parts_on_a_slice_are_joined():
    pile, one, two = MaskPile(), np.zeros((9, 9), bool), np.zeros((9, 9), bool)
    one[1:3, 1:3], two[2:6, 2:8] = True, True
    pile.add(4, one)
    pile.add(4, two)
    np.testing.assert_array_equal(pile.within((slice(4, 5), slice(0, 9), slice(0, 9)))[0], one | two)


def test_an_empty_slice_takes_nothing():
    pile = MaskPile()
    pile.add(0, np.zeros((4, 4), bool))
    assert not pile
