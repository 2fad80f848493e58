"""Sizes of the demo network come from file headers, which anybody may have written."""

from __future__ import annotations

import json

import pytest

from medsam_core.errors import CheckpointError
from medsam_core.models.demo import build_demo_network
from medsam_core.models.demo_config import DemoConfig


def test_a_config_survives_json():
    config = DemoConfig(trunk_depth=2, region_widths=(16, 32, 64))
    assert DemoConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    "values",
    [
        {"trunk_width": 10**9},
        {"trunk_depth": 0},
        {"trunk_depth": 4096},
        {"trunk_depth": 4.5},
        {"trunk_heads": 6.0},
        {"image_size": 256.0},
        {"image_size": 4096},
        {"region_size": 4096},
        {"low_resolution": 1},
        {"region_margin": 4000},
        {"region_margin": float("nan")},
        {"image_size": 250},
        {"trunk_heads": 7},
        {"region_widths": [32, 64]},
        {"stage_blocks": "many"},
        {"no_such_size": 1},
    ],
)
def test_sizes_that_cannot_be_are_refused_by_name(values):
    with pytest.raises(CheckpointError, match="demo network"):
        DemoConfig.from_json(values)


def test_the_largest_network_that_a_header_can_ask_for_is_bounded():
    largest = DemoConfig(
        fine_width=128, middle_width=256, coarse_width=512, stage_blocks=(8, 8), trunk_width=512,
        trunk_depth=16, trunk_heads=8, region_widths=(512, 512, 512), region_depth=8, region_heads=8,
        alternatives=16,
    )  # fmt: skip
    network = build_demo_network(largest)
    assert sum(p.numel() for p in network.parameters()) < 150_000_000
