"""Adapters of the demo network start as no change and are carried by its architecture."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from medsam_core.models.architecture import Architecture
from medsam_core.models.demo import build_demo, demo_architecture
from medsam_core.models.demo_config import DemoConfig
from medsam_core.models.network import BOX_FIRST_CORNER, BOX_SECOND_CORNER, PromptTensors
from medsam_core.models.peft import is_part

PLAIN = DemoConfig(
    image_size=64,
    low_resolution=64,
    fine_width=8,
    middle_width=8,
    coarse_width=16,
    stage_blocks=(1, 1),
    trunk_width=16,
    trunk_depth=1,
    trunk_heads=2,
    region_size=16,
    region_widths=(8, 8, 16),
    region_depth=1,
    region_heads=2,
)
BOTH = dataclasses.replace(PLAIN, encoder_adapters=1, decoder_adapters=1)
A_BOX = PromptTensors(
    torch.tensor([[[10.0, 12.0], [40.0, 50.0]]]), torch.tensor([[BOX_FIRST_CORNER, BOX_SECOND_CORNER]])
)


@torch.no_grad()
def test_fresh_adapters_change_nothing_and_trained_ones_do() -> None:
    torch.manual_seed(0)
    plain, adapted = build_demo(demo_architecture(PLAIN)).eval(), build_demo(demo_architecture(BOTH)).eval()
    missing, unexpected = adapted.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert all(is_part(name) for name in missing)
    image = torch.rand(1, 3, 64, 64)
    wanted = plain(image, A_BOX)
    assert all(torch.equal(*pair) for pair in zip(adapted(image, A_BOX), wanted, strict=True))
    for name, parameter in adapted.named_parameters():
        if is_part(name):
            before = parameter.clone()
            parameter += torch.randn_like(parameter)
            assert not torch.equal(adapted(image, A_BOX)[0], wanted[0]) or "D_fc1" in name or "narrow" in name
            parameter.copy_(before)


@pytest.mark.parametrize("config", [PLAIN, BOTH])
def test_a_header_says_which_parts_have_adapters(config: DemoConfig) -> None:
    architecture = demo_architecture(config)
    again = Architecture.from_json(architecture.to_json())
    assert build_demo(again).config == config
    names = [name for name in build_demo(again).state_dict() if is_part(name)]
    assert bool(names) == bool(config.encoder_adapters)


def test_a_file_from_before_there_were_adapters_has_none() -> None:
    old = {k: v for k, v in PLAIN.to_json().items() if not k.endswith("_adapters")}
    assert DemoConfig.from_json(old) == PLAIN
