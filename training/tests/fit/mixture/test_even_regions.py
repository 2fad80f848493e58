"""Regions of like brightness are that."""

from __future__ import annotations

import numpy as np

from medsam_training.fit.mixture.even_regions import even_regions


def test_even_regions_are_even() -> None:
    rng = np.random.default_rng(2)
    image = np.zeros((3, 96, 96), np.float32)
    image[:, 20:60, 30:70] = 255.0
    masks = [m for _ in range(10) for m in even_regions(rng, image, np.ones((96, 96), bool), 3)]
    assert masks and all(image[0][mask].std() < 50 for mask in masks)


def test_nothing_is_found_where_nothing_is_seen() -> None:
    image = np.zeros((3, 96, 96), np.float32)
    assert even_regions(np.random.default_rng(0), image, np.zeros((96, 96), bool), 3) == []
