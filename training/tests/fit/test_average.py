"""The moving average of the weights."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from medsam_training.fit.average import WeightAverage


def _trained(decay: float, steps: int) -> tuple[WeightAverage, nn.Module]:
    network = nn.Linear(1, 1)
    network.bias.requires_grad_(False)
    average, module = WeightAverage(decay), SimpleNamespace(network=network)
    with torch.no_grad():
        network.weight.fill_(0.0)
    average.on_train_start(None, module)
    for step in range(1, steps + 1):
        with torch.no_grad():
            network.weight.fill_(1.0)
        for _ in range(2):  # a second forward pass of the same step
            average.on_train_batch_end(SimpleNamespace(global_step=step), module)
    return average, network


def test_it_moves_once_per_step_and_faster_while_it_is_young() -> None:
    average, _ = _trained(0.9, 2)
    kept = (2 / 11) * (3 / 12)
    assert average.average["weight"].item() == pytest.approx(1 - kept)
    assert "bias" not in average.average  # it does not train


def test_it_is_shown_and_taken_back_exactly() -> None:
    average, network = _trained(0.9, 3)
    shown = average.average["weight"].item()
    with average.shown(network):
        assert network.weight.item() == shown
    assert network.weight.item() == 1.0
    assert average.average["weight"].item() == shown


def test_without_decay_there_is_none() -> None:
    average, network = _trained(0.0, 3)
    with average.shown(network):
        assert network.weight.item() == 1.0


def test_it_goes_on_from_a_checkpoint() -> None:
    average, network = _trained(0.9, 3)
    again = WeightAverage(0.9)
    again.load_state_dict(average.state_dict())
    again.on_train_start(None, SimpleNamespace(network=network))
    assert torch.equal(again.average["weight"], average.average["weight"])
    assert again.steps == 3
