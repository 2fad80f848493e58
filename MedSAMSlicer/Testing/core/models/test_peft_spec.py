"""Descriptions of parameter-efficient parts."""

from __future__ import annotations

import pytest

from medsam_core.errors import CheckpointError
from medsam_core.models.peft_spec import KINDS, PeftSpec
from medsam_core.models.registry import build_network
from testkit.tiny_models import a_tiny_architecture


@pytest.mark.parametrize("kind", KINDS)
def test_the_count_of_parameters_is_that_of_the_parts_that_are_built(kind: str) -> None:
    spec = PeftSpec(kind=kind, encoder_blocks=(0, 1), depth_adapter=kind == "adapter")
    plain, adapted = (
        sum(p.numel() for p in build_network(a_tiny_architecture(peft=peft)).parameters())
        for peft in (None, spec)
    )
    assert adapted - plain <= 2 * spec.parameters_per_block(32) <= 1.2 * (adapted - plain)


def test_sam_med2d_has_no_adapters_in_the_decoder() -> None:
    with pytest.raises(CheckpointError, match="decoder"):
        PeftSpec(kind="sam_med2d", decoder_layers=(0,))
