"""Onto the canvas and back."""

from __future__ import annotations

import numpy as np
import torch

from medsam_training.canvas import canvas_size, off_canvas, onto_canvas, scale_xy


def test_the_longest_side_fills_the_canvas_and_the_rest_is_zero():
    image = np.random.default_rng(0).integers(1, 255, (100, 50), dtype=np.uint8)
    shown = onto_canvas(image, 256)
    assert shown.shape == (1, 3, 256, 256) and canvas_size((100, 50), 256) == (256, 128)
    assert (shown[..., 128:] == 0).all() and shown.max() == 1


def test_a_mask_comes_back_where_it_was():
    truth = np.zeros((70, 200), bool)
    truth[20:50, 60:150] = True
    logits = torch.from_numpy(onto_canvas(truth.astype(np.uint8), 256)[:, :1].numpy()) - 0.5
    back = off_canvas(logits, (70, 200), 256)[0]
    assert np.count_nonzero(back ^ truth) < 0.02 * np.count_nonzero(truth)
    np.testing.assert_allclose(scale_xy((70, 200), 256), [1.28, 90 / 70])
