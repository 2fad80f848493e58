"""Specialists by name, and behind the interface of promptable networks."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from medsam_core.errors import OptionError
from medsam_core.models.network import (
    BOX_FIRST_CORNER,
    BOX_SECOND_CORNER,
    PromptableNetwork,
    PromptTensors,
)
from medsam_training.compare.box_channel import box_channel
from medsam_training.compare.specialist_kinds import KINDS, build_specialist

CORNERS = [BOX_FIRST_CORNER, BOX_SECOND_CORNER]


def two_boxes() -> PromptTensors:
    points = torch.tensor([[[2.0, 2.0], [14.0, 14.0]], [[18.0, 16.0], [30.0, 30.0]]])
    return PromptTensors(points, torch.tensor([CORNERS, CORNERS]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_specialist_is_a_promptable_network(kind: str) -> None:
    network = build_specialist(kind, 32, 8, seed=0)
    assert isinstance(network, PromptableNetwork)
    images = torch.rand(1, 3, 32, 32)
    logits, scores = network.decode(network.encode(images), two_boxes())
    assert logits.shape == (2, 1, 32, 32) and scores.shape == (2, 1)
    paired, _ = network.decode(network.encode(images.expand(2, -1, -1, -1)), two_boxes())
    assert torch.equal(logits, paired)
    with pytest.raises(ValueError, match="3 images do not go with 2 boxes"):
        network.decode(network.encode(images.expand(3, -1, -1, -1)), two_boxes())


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_few_steps_another_box_on_the_same_image_gives_another_mask(kind: str) -> None:
    network = build_specialist(kind, 32, 8, seed=0)
    images = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    prompts = two_boxes()
    truth = (box_channel(prompts, 32) > 0.5).float()
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for _ in range(80):
        logits, _ = network.decode((images,), prompts)
        loss = binary_cross_entropy_with_logits(logits, truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        first, second = network.decode((images,), prompts)[0][:, 0] > 0
    assert first[4:12, 4:12].float().mean() > 0.9 and first[20:28, 20:28].float().mean() < 0.1
    assert second[20:28, 20:28].float().mean() > 0.9 and second[4:12, 4:12].float().mean() < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_reaches_every_weight(kind: str) -> None:
    network = build_specialist(kind, 32, 8, seed=0)
    network.decode((torch.rand(1, 3, 32, 32),), two_boxes())[0].square().mean().backward()
    # A bias before an instance norm without weights of its own changes nothing; MONAI's U-Net has some.
    still = [name for name, w in network.named_parameters() if w.grad is None or not w.grad.abs().sum() > 0]
    assert all(name.endswith(".bias") for name in still)


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_alone_decides_the_weights(kind: str) -> None:
    torch.manual_seed(5)
    one = build_specialist(kind, 32, 8, seed=3).state_dict()
    torch.manual_seed(6)
    same, other = (build_specialist(kind, 32, 8, seed=seed).state_dict() for seed in (3, 4))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("kind", "size", "width", "message"),
    [
        ("unett", 32, 8, "there is no 'unett'; use one of unet, deeplabv3plus"),
        ("unet", 100, 8, "--size: 100 is no size for a specialist; use a multiple of 16, from 32 on"),
        ("unet", 16, 8, "--size: 16 is no size"),
        ("unet", 32, 12, "network.width: 12 is not a multiple of 8"),
    ],
)
def test_what_cannot_be_built_is_told_in_one_line(kind: str, size: int, width: int, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        build_specialist(kind, size, width, seed=0)
