"""Image and labels move together, and a view without changes is the one of inference."""

from __future__ import annotations

import numpy as np

from medsam_core.inference.preprocess import prepare_image
from medsam_core.inference.presets import find_preset
from medsam_training.fit.mixture.labelled_slice import LabelledSlice
from medsam_training.fit.mixture.view import View


def a_blob() -> LabelledSlice:
    y, x = np.mgrid[:80, :120]
    labels = (((x - 60) / 30) ** 2 + ((y - 40) / 15) ** 2 < 1).astype(np.uint8)
    return LabelledSlice(np.where(labels > 0, 220, 40).astype(np.uint8), labels)


def test_any_view_moves_image_and_labels_together() -> None:
    rng, cut = np.random.default_rng(3), a_blob()
    for _ in range(20):
        view = View.random(rng, cut, 128)
        image, labels, seen = view.image(cut.image), view.labels(cut.labels_yx), view.seen((80, 120))
        bright = (image[0] > 130) & seen
        union = (bright | (labels > 0)).sum()
        assert union == 0 or (bright & (labels > 0)).sum() / union > 0.85
        assert (image[:, ~seen] == 0).all() and (labels[~seen] == 0).all()


def test_a_view_that_only_fits_is_what_inference_shows_the_network() -> None:
    preset, cut = find_preset("demo"), a_blob()
    scale = 120 / preset.image_size
    view = View(np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0]]), preset.image_size)
    shown = prepare_image(cut.image, preset) * 180 + 40
    assert np.abs(view.image(cut.image) - shown)[:, :168, :250].mean() < 0.5


def test_a_pixel_is_as_large_as_the_view_makes_it() -> None:
    assert View(np.array([[0.0, -0.25, 3.0], [0.25, 0.0, 1.0]]), 64).pixel == 4.0
