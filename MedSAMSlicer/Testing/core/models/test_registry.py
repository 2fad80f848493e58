"""Building networks of every family."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from medsam_core.models.architecture import ARCHITECTURES, Architecture, PeftSpec
from medsam_core.models.network import PromptableNetwork, PromptTensors
from medsam_core.models.registry import build_network
from testkit.tiny_models import a_tiny_architecture

SMALL_TINY_VIT = dataclasses.replace(
    ARCHITECTURES["litemedsam"],
    image_size=32,
    out_chans=32,
    tiny_vit=dataclasses.replace(
        ARCHITECTURES["litemedsam"].tiny_vit, embed_dims=(8, 8, 16, 16), num_heads=(1, 1, 2, 2)
    ),
)


@pytest.mark.parametrize(
    "architecture",
    [
        a_tiny_architecture(),
        a_tiny_architecture(windows_before_norm=True),
        a_tiny_architecture(peft=PeftSpec(kind="lora", encoder_blocks=(0,), decoder_layers=(1,))),
        a_tiny_architecture(peft=PeftSpec(kind="adapter", encoder_blocks=(1,), decoder_layers=(0,))),
        a_tiny_architecture(peft=PeftSpec(kind="sam_med2d", encoder_blocks=(0, 1))),
        SMALL_TINY_VIT,
        ARCHITECTURES["demo"],
    ],
    ids=["vit", "windows", "lora", "adapter", "sam_med2d", "tiny_vit", "demo"],
)
def test_every_family_builds_a_promptable_network_ready_for_use(architecture: Architecture) -> None:
    network = build_network(architecture)
    assert isinstance(network, PromptableNetwork)
    assert not any(module.training for module in network.modules())
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    size = network.image_size
    box = PromptTensors(torch.tensor([[[2.0, 3.0], [20.0, 21.0]]]), torch.tensor([[2, 3]]))
    with torch.inference_mode():
        features = network.encode(torch.rand(1, 3, size, size))
        logits, scores = network.decode(features, box)
    assert logits.shape == (1, 1, network.low_resolution, network.low_resolution)
    assert scores.shape == (1, 1)
    assert torch.isfinite(logits).all()
