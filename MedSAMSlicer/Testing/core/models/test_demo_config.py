"""Sizes of the demo network come from file headers, which anybody may have written."""

from __future__ import annotations

import json

import pytest

from medsam_core.errors import CheckpointError
from medsam_core.models.demo_config import DemoConfig


def test_a_config_survives_json():
    config = DemoConfig(trunk_depth=2, region_widths=(16, 32, 64))
    assert DemoConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    "values",
    [
        {"trunk_width": 10**9},
        {"trunk_depth": 0},
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
