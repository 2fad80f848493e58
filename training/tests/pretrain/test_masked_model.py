"""What is hidden stays hidden, on every encoder."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from medsam_training.pretrain.config import PretrainConfig
from medsam_training.pretrain.run import Pretraining

Make = Callable[..., PretrainConfig]


def _hidden(*places: tuple[int, int]) -> torch.Tensor:
    hidden = torch.zeros(1, 4, 4, dtype=torch.bool)
    for y, x in places:
        hidden[0, y, x] = True
    return hidden


@pytest.mark.parametrize("backbone", ["vit_b", "vit_t"])
def test_the_painting_does_not_know_what_was_hidden(a_pretraining: Make, backbone: str) -> None:
    network = Pretraining.of(a_pretraining(backbone)).network.eval()
    images = torch.rand(1, 3, 64, 64)
    changed = images.clone()
    changed[:, :, 16:32, 32:48] = torch.rand(1, 3, 16, 16)
    hidden = _hidden((1, 2), (3, 3))
    painted = network(images, hidden)
    assert painted.shape == images.shape
    assert torch.equal(painted, network(changed, hidden))
    assert not torch.equal(painted, network(changed, _hidden((3, 3))))


@pytest.mark.parametrize("backbone", ["vit_b", "vit_t"])
def test_nothing_hidden_is_the_encoder_itself(a_pretraining: Make, backbone: str) -> None:
    learner = Pretraining.of(a_pretraining(backbone))
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        (embedding,) = learner.start.network.encode(images)
        shown = learner.network(images, torch.zeros(2, 4, 4, dtype=torch.bool))
        painted = torch.nn.functional.pixel_shuffle(
            learner.network.head(embedding), 64 // embedding.shape[-1]
        )
    assert torch.allclose(shown, painted, atol=1e-6)


@pytest.mark.parametrize("backbone", ["vit_b", "vit_t"])
def test_every_weight_of_the_encoder_learns(a_pretraining: Make, backbone: str) -> None:
    network = Pretraining.of(a_pretraining(backbone)).network
    network(torch.rand(2, 3, 64, 64), _hidden((0, 1), (2, 2)).expand(2, 4, 4)).square().sum().backward()
    assert not [name for name, p in network.named_parameters() if p.grad is None]
