"""Examples are reproducible, whole and fit to learn from."""

from __future__ import annotations

import torch

from medsam_training.cache import open_cache
from medsam_training.data import Mixture, PromptedImages
from medsam_training.manifest import read_manifest, trainable


def examples(small_data, folder, seed=0):
    cache = open_cache(folder, trainable(read_manifest(small_data)))
    return PromptedImages(cache, Mixture({"discs": 0.5, "volume": 0.5}), 64, 3, seed, 1000)


def test_an_example_is_the_same_whenever_it_is_asked_for(small_data, tmp_path):
    made, again = examples(small_data, tmp_path), examples(small_data, tmp_path)
    made[3]
    assert all(torch.equal(one, other) for one, other in zip(made[7], again[7], strict=True))
    assert not torch.equal(made[7][0], examples(small_data, tmp_path, seed=1)[7][0])


def test_every_example_has_an_image_and_a_mask_for_each_prompt(small_data, tmp_path):
    made = examples(small_data, tmp_path)
    for number in range(30):
        image, masks, points_xy, labels = made[number]
        assert image.shape == (3, 64, 64) and image.min() >= 0 and image.max() <= 1
        assert masks.shape == (3, 64, 64) and (masks.flatten(1).sum(1) > 0).all()
        assert points_xy.shape == (3, 6, 2) and labels.shape == (3, 6)
