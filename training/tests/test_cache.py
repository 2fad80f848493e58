"""What goes into the cache comes out of it."""

from __future__ import annotations

import numpy as np

from medsam_training.cache import open_cache, shrunk
from medsam_training.manifest import read_manifest, trainable
from medsam_training.slices import Slice, slices_of


def test_slices_come_back_as_they_were(small_data, tmp_path):
    items = trainable(read_manifest(small_data))
    cache = open_cache(tmp_path / "cache", items)
    expected = [cut for item in items for cut in slices_of(item, every_axis=True)]
    assert len(cache.rows) == len(expected)
    for number, cut in enumerate(expected):
        given = cache.get(number)
        assert given.key == cut.key
        np.testing.assert_array_equal(given.image_yx, cut.image_yx)
        np.testing.assert_array_equal(given.labels_yx, cut.labels_yx)


def test_an_unfinished_cache_is_filled_again(small_data, tmp_path):
    items = trainable(read_manifest(small_data))
    (tmp_path / "images.bin").write_bytes(b"half")
    assert len(open_cache(tmp_path, items).rows) > 0


def test_shrinking_keeps_labels_whole_numbers_and_the_image_in_place():
    labels = np.zeros((600, 900), np.uint16)
    labels[300:, 450:] = 700
    image = (labels > 0).astype(np.uint8) * 255
    small = shrunk(Slice(image, labels, "x"), 300)
    assert small.labels_yx.shape == (200, 300) and set(np.unique(small.labels_yx)) == {0, 700}
    assert ((small.image_yx > 127) == (small.labels_yx > 0)).mean() > 0.999
