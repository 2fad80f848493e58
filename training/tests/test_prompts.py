"""Simulated users stay on the object."""

from __future__ import annotations

import numpy as np

from medsam_core.models.network import NEGATIVE, PADDING, POSITIVE
from medsam_training.prompts import (
    CLICKS,
    box_of,
    correction_click,
    inner_click,
    jittered,
    random_click,
    training_tokens,
)

MASK = np.zeros((64, 64), bool)
MASK[10:30, 20:50] = True


def at(mask, x, y):
    return mask[int(y), int(x)]


def test_a_box_is_the_outer_edges():
    assert box_of(MASK).tolist() == [20, 10, 50, 30]
    one = np.zeros((9, 9), bool)
    one[4, 7] = True
    assert box_of(one).tolist() == [7, 4, 8, 5]


def test_jitter_stays_within_its_share_of_the_side():
    rng = np.random.default_rng(0)
    moves = np.array([jittered(rng, box_of(MASK), 0.05, 0.05) - box_of(MASK) for _ in range(300)])
    assert (np.abs(moves) <= [1.5, 1.0, 1.5, 1.0]).all() and np.abs(moves).max() > 1.4


def test_clicks_fall_on_the_mask():
    rng = np.random.default_rng(0)
    assert at(MASK, *inner_click(MASK))
    assert all(at(MASK, *random_click(rng, MASK)) for _ in range(100))
    edge = np.ones((8, 8), bool)
    assert at(edge, *inner_click(edge))


def test_a_correction_adds_what_was_missed_and_takes_away_what_was_too_much():
    rng, half, more = np.random.default_rng(0), MASK.copy(), MASK.copy()
    half[:, 35:], more[40:60] = False, True
    x, y, label = correction_click(rng, MASK, half)
    assert label == POSITIVE and at(MASK & ~half, x, y)
    x, y, label = correction_click(rng, MASK, more)
    assert label == NEGATIVE and at(more & ~MASK, x, y)


def test_every_training_prompt_names_its_object():
    rng = np.random.default_rng(0)
    for _ in range(300):
        xy, labels = training_tokens(rng, MASK)
        assert (labels[:CLICKS] == POSITIVE).any() or (labels[CLICKS:] >= 2).all()
        for (x, y), label in zip(xy, labels, strict=True):
            if label in (POSITIVE, NEGATIVE):
                assert at(MASK, x, y) == (label == POSITIVE)
            assert label != PADDING or (x, y) == (0, 0)
