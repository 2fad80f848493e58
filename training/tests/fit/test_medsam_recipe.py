"""The MedSAM preset is the published recipe: checked against arithmetic written out here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.presets import PRESETS as PREPROCESSING
from medsam_core.models.architecture import ARCHITECTURES
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_config
from medsam_training.fit.examples import ExampleMaker, TrainingExamples
from medsam_training.fit.losses import make_loss
from medsam_training.fit.prompt_simulation import StepPlan, box_of, simulate
from medsam_training.fit.run import Prepared
from medsam_training.fit.strategy import choose_weights, count_weights
from medsam_training.fit.training_run import module_of
from medsam_training.fit.truth import truth_on


def by_hand(logits: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray]:
    """Dice with squared probabilities plus cross-entropy, and its gradient, in float64; (n, 1, h, w)."""
    share = 1 / (1 + np.exp(-logits))
    axes = (1, 2, 3)
    overlap = (share * truth).sum(axes, keepdims=True)
    total = (share**2).sum(axes, keepdims=True) + (truth**2).sum(axes, keepdims=True)
    smooth = 1e-5
    dice = 1 - (2 * overlap + smooth) / (total + smooth)
    entropy = -(truth * np.log(share) + (1 - truth) * np.log(1 - share))
    d_dice = -(2 * truth * (total + smooth) - (2 * overlap + smooth) * 2 * share) / (total + smooth) ** 2
    gradient = d_dice * share * (1 - share) / len(logits) + (share - truth) / truth.size
    return float(dice.mean() + entropy.mean()), gradient


def test_the_loss_and_its_gradient_are_those_computed_by_hand() -> None:
    rng = np.random.default_rng(0)
    logits, truth = rng.normal(0, 3, (3, 1, 7, 5)), (rng.random((3, 1, 7, 5)) > 0.6).astype(float)
    truth[2] = 0  # an empty truth too
    value, gradient = by_hand(logits, truth)
    config = read_config(preset="medsam")
    loss = make_loss(config.loss.name, config.loss.options, multi_class=False)
    shown = torch.tensor(logits, requires_grad=True)
    found = loss(shown, torch.tensor(truth))
    found.backward()
    np.testing.assert_allclose(found.item(), value, rtol=1e-9)
    np.testing.assert_allclose(shown.grad.numpy(), gradient, rtol=1e-6, atol=1e-12)


def test_a_training_step_has_the_loss_and_the_gradients_of_the_recipe(
    a_run: Callable[..., FitConfig],
) -> None:
    config = a_run("vit_b", "loop.batch=3", preset="medsam")
    prepared = Prepared.of(config)
    module = module_of(prepared, 10)
    module.log = lambda *_, **__: None  # there is no Trainer
    maker = ExampleMaker(prepared.start.preset, prepared.network.image_size, config.data, config.prompts)
    examples = TrainingExamples(prepared.training, maker, seed=0, per_step=3)
    batch = torch.utils.data.default_collate([examples[number] for number in range(3)])
    assert batch["truth"].shape == (3, 1, 64, 64)
    loss = module.training_step(batch, 0)
    loss.backward()
    found = {name: p.grad.clone() for name, p in prepared.network.named_parameters() if p.grad is not None}

    prepared.network.zero_grad()
    value, pulled = _published_forward(prepared.network, batch)
    pulled.backward()
    assert float(loss.detach()) == pytest.approx(value, rel=1e-5)
    wanted = {name: p.grad for name, p in prepared.network.named_parameters() if p.grad is not None}
    # The published decoder also runs the three mask tokens that nobody asked for, and learns nothing there.
    unused = wanted.keys() - found.keys()
    assert all(not wanted[name].any() for name in unused)
    assert not any(name.startswith("prompt_encoder.") for name in found)
    for name in found:
        torch.testing.assert_close(found[name], wanted[name], rtol=1e-3, atol=1e-6)


def _published_forward(network: nn.Module, batch: dict[str, Tensor]) -> tuple[float, Tensor]:
    """Encoder, prompt encoder without gradient, decoder one image at a time, up to the input, by_hand."""
    embedding = network.image_encoder(batch["image"])
    side = network.image_size
    rows = []
    for number in range(3):
        with torch.no_grad():
            sparse, dense = network.prompt_encoder(
                points=None, boxes=batch["points_xy"][number].reshape(1, 4), masks=None
            )
        low, _ = network.mask_decoder(
            image_embeddings=embedding[number : number + 1],
            image_pe=network.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=False,
        )
        rows.append(nn.functional.interpolate(low, (side, side), mode="bilinear", align_corners=False))
    logits = torch.cat(rows)
    value, gradient = by_hand(logits.detach().double().numpy(), batch["truth"].double().numpy())
    return value, (logits * torch.tensor(gradient, dtype=torch.float32)).sum()


def test_the_recipe_trains_as_many_weights_as_published() -> None:
    from medsam_core.checkpoints.filled_network import skeleton_network

    network = skeleton_network(ARCHITECTURES["vit_b"])
    choose_weights(network, read_config(preset="medsam").strategy)
    assert count_weights(network)[0] == 93_729_252


def test_the_recipe_is_adamw_at_a_constant_rate_with_decay_on_all(
    a_run: Callable[..., FitConfig],
) -> None:
    module = module_of(Prepared.of(a_run("vit_b", preset="medsam")), 10)
    made = module.configure_optimizers()
    (group,) = made["optimizer"].param_groups
    assert (group["initial_lr"], group["weight_decay"], group["betas"]) == (1e-4, 0.01, (0.9, 0.999))
    rates = [made["lr_scheduler"]["scheduler"].lr_lambdas[0](step) for step in (0, 5, 9)]
    assert rates == [1.0, 1.0, 1.0]


def test_the_recipes_box_goes_outward_by_0_to_20_pixels_of_1024() -> None:
    config, preset = read_config(preset="medsam"), PREPROCESSING["medsam"]
    mask = np.zeros((300, 200), bool)
    mask[100:180, 50:120] = True
    frame = ImageFrame.of(mask.shape, preset)
    tight = box_of(truth_on(mask, frame, 1024))
    rng = np.random.default_rng(0)
    shifts = []
    for step in range(300):
        plan = StepPlan.of(config.prompts, 0, step)
        assert plan == StepPlan("box", 0, False, 0)
        xy, labels = simulate(rng, mask, plan, config.prompts, frame, preset.coordinates)
        assert labels.tolist() == [2, 3]
        shifts.append((xy.ravel() - tight) * (-1, -1, 1, 1))
    shifts = np.array(shifts)
    assert np.array_equal(shifts, shifts.round())
    assert (shifts.min(0) == 0).all()
    assert (shifts.max(0) == 20).all()
