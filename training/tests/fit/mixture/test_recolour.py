"""Looks change; range and padding do not."""

from __future__ import annotations

import numpy as np

from medsam_training.fit.mixture.recolour import recoloured, stretched


def test_any_look_fills_zero_to_one_where_seen_and_is_zero_elsewhere():
    rng = np.random.default_rng(0)
    image = rng.uniform(0, 255, (3, 48, 48)).astype(np.float32)
    seen = np.zeros((48, 48), bool)
    seen[:30, :40] = True
    for _ in range(40):
        made = recoloured(rng, image * seen, seen)
        assert made.dtype == np.float32 and np.isfinite(made).all()
        assert (made[:, ~seen] == 0).all()
        assert made.min() >= 0 and abs(made[:, seen].max() - 1) < 1e-5


def test_a_flat_image_becomes_zeros_not_an_error():
    assert (stretched(np.full((3, 8, 8), 7.0), np.ones((8, 8), bool)) == 0).all()
