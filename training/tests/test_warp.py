"""Image and labels move together, and the plain view is the one of inference."""

from __future__ import annotations

import numpy as np

from medsam_training.canvas import onto_canvas
from medsam_training.slices import Slice
from medsam_training.warp import mosaic, plain_matrix, random_matrix, warped


def blob(height=80, width=120, value=1):
    y, x = np.mgrid[:height, :width]
    labels = (((x - width / 2) / 30) ** 2 + ((y - height / 2) / 15) ** 2 < 1).astype(np.uint16) * value
    return Slice(np.where(labels > 0, 220, 40).astype(np.uint8), labels, "blob")


def test_any_view_moves_image_and_labels_together():
    rng = np.random.default_rng(3)
    for _ in range(20):
        image, labels, seen = warped(blob(), random_matrix(rng, blob(), 128), 128)
        bright = (image[0] > 130) & seen
        union = (bright | (labels > 0)).sum()
        assert union == 0 or (bright & (labels > 0)).sum() / union > 0.85
        assert (image[:, ~seen] == 0).all()


def test_the_plain_view_is_what_inference_shows_the_network():
    image, _, _ = warped(blob(), plain_matrix((80, 120), 256), 256)
    shown = onto_canvas(blob().image_yx, 256)[0].numpy() * 180 + 40
    assert np.abs(image - shown)[:, :168, :250].mean() < 0.5


def test_tiles_of_a_mosaic_keep_their_objects_apart():
    tiled = mosaic([blob() for _ in range(4)])
    assert tiled.labels_yx.shape == (160, 240)
    assert len(np.unique(tiled.labels_yx)) == 5
