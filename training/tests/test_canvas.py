"""Onto the canvas and back."""

from __future__ import annotations

import numpy as np
import torch

from medsam_core.checkpoints import open_checkpoint
from medsam_core.inference.load import load_model
from medsam_core.inference.predictor import Predictor
from medsam_core.models.network import PromptTensors
from medsam_core.resources import resource_path
from medsam_training.canvas import canvas_size, off_canvas, onto_canvas, scale_xy
from medsam_training.prompts import box_of


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


def test_the_engine_answers_as_evaluation_does():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:200, :310]
    truth = ((x - 130) / 50) ** 2 + ((y - 90) / 31) ** 2 < 1
    image = np.clip(np.where(truth, 150, 90) + rng.normal(0, 12, truth.shape), 0, 255).astype(np.uint8)
    model = load_model("demo", device="cpu", precision="fp32")
    box = box_of(truth)
    predictor = Predictor(model)
    engine = predictor.predict(predictor.embed(image), boxes_xyxy=[box - [0, 0, 1, 1]])
    network = open_checkpoint(resource_path("Models/demo.safetensors")).network
    with torch.no_grad():
        points = torch.from_numpy(box.reshape(1, 2, 2) * scale_xy(truth.shape, 256)).float()
        logits, scores = network.decode(
            network.encode(onto_canvas(image, 256)), PromptTensors(points, torch.tensor([[2, 3]]))
        )
    ours = off_canvas(logits, truth.shape, 256)[0]
    assert np.count_nonzero(ours ^ engine.masks[0]) <= 0.002 * np.count_nonzero(ours)
    assert abs(float(scores[0, 0]) - float(engine.scores[0])) < 0.01
