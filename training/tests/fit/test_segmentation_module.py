"""Steps of learning and of validation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.utils.data import default_collate

from medsam_training.fit.config import FitConfig
from medsam_training.fit.examples import ExampleMaker, TrainingExamples
from medsam_training.fit.run import Prepared
from medsam_training.fit.segmentation_module import SegmentationModule, _class_dice, _dice
from medsam_training.fit.training_run import module_of

Run = Callable[..., FitConfig]


def _step(config: FitConfig) -> tuple[SegmentationModule, torch.Tensor]:
    prepared = Prepared.of(config)
    module = module_of(prepared, 10)
    module.log = lambda *_, **__: None  # there is no Trainer
    module.train()
    network = prepared.network
    side = network.image_size if config.loss.at == "input" else network.low_resolution
    maker = ExampleMaker(prepared.start.preset, side, config.data, config.prompts)
    examples = TrainingExamples(prepared.training, maker, 0, 2)
    loss = module.training_step(default_collate([examples[0], examples[1]]), 0)
    loss.backward()
    return module, loss


@pytest.mark.parametrize("backbone", ["vit_b", "vit_t", "demo"])
@pytest.mark.parametrize(
    "changes",
    [
        ["data.prompts_per_image=3"],
        ["prompts.box=0", "prompts.points=1"],
        ["prompts.box=0", "prompts.both=1", "prompts.negative_share=1"],
        ["prompts.corrections=2", "prompts.correction_share=1"],
        ["prompts.corrections=1", "prompts.correction_share=1", "prompts.previous_mask=false"],
        ["loss.at=input", "prompts.corrections=1", "prompts.correction_share=1"],
        ["loss.name=FocalLoss", "loss.options={}"],
    ],
    ids=lambda changes: ",".join(changes),
)
def test_every_way_of_prompting_reaches_the_weights(a_run: Run, backbone: str, changes: list[str]) -> None:
    module, loss = _step(a_run(backbone, *changes))
    assert torch.isfinite(loss)
    encoder = [
        p for n, p in module.network.named_parameters() if n.startswith(("image_encoder.", "encoder."))
    ]
    reached = [p for p in encoder if p.grad is not None and p.grad.abs().max() > 0]
    assert len(reached) > 0.8 * len(encoder)


def test_the_score_is_trained_only_when_it_is_asked_for(a_run: Run) -> None:
    def head_gradient(*changes: str) -> float:
        module, _ = _step(a_run("vit_b", *changes))
        gradients = [
            p.grad
            for n, p in module.network.named_parameters()
            if "iou_prediction_head" in n and p.grad is not None
        ]
        return max((float(g.abs().max()) for g in gradients), default=0.0)

    assert head_gradient() == 0
    assert head_gradient("loss.score_weight=0.5") > 0


@pytest.mark.parametrize(("word", "moves"), [("frozen", False), ("train", True)])
def test_running_statistics_move_only_when_they_may(a_run: Run, word: str, moves: bool) -> None:
    config = a_run("vit_t", f"strategy.batch_norm={word}")
    before = dict(Prepared.of(config).network.named_buffers())
    module, _ = _step(config)
    after = dict(module.network.named_buffers())
    changed = {n for n, tensor in after.items() if "running" in n and not torch.equal(tensor, before[n])}
    assert bool(changed) == moves


def test_biases_and_norms_do_not_decay_unless_asked(a_run: Run) -> None:
    module = module_of(Prepared.of(a_run("vit_b", "optimiser.decay=0.3")), 10)
    decayed, plain = module.configure_optimizers()["optimizer"].param_groups
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.3, 0.0)
    assert {p.ndim for p in plain["params"]} == {1}
    assert 1 not in {p.ndim for p in decayed["params"]}


def test_validation_dice_is_of_the_foreground_and_never_nan() -> None:
    whole, empty = np.ones((1, 4, 4), bool), np.zeros((1, 4, 4), bool)
    half = whole.copy()
    half[:, :2] = False
    assert _dice(whole, whole).tolist() == [1.0]
    assert _dice(half, whole).tolist() == pytest.approx([2 / 3])
    assert _dice(whole, empty).tolist() == [0.0]
    assert _dice(empty, whole).tolist() == [0.0]
    labels = np.array([[[0, 0, 1, 1], [0, 0, 2, 2]]])
    assert _class_dice(labels, labels, 4).tolist() == [1.0, 1.0]
    assert _class_dice(np.zeros_like(labels), labels, 4).tolist() == [0.0, 0.0]
    assert _class_dice(np.full_like(labels, 3) * (labels == 0), labels, 4).tolist() == [0.0, 0.0, 0.0]
    assert _class_dice(np.zeros_like(labels), np.zeros_like(labels), 4).tolist() == [1.0]
