"""Which weights are trained."""

from __future__ import annotations

import pytest

from medsam_core.models.architecture import PeftSpec
from medsam_core.models.peft import is_part, train_only_parts
from medsam_core.models.registry import build_network
from testkit.tiny_models import a_tiny_architecture


@pytest.mark.parametrize("kind", ["lora", "adapter", "sam_med2d"])
def test_the_parts_are_exactly_the_weights_that_a_plain_network_has_not(kind: str) -> None:
    layers = () if kind == "sam_med2d" else (0, 1)
    spec = PeftSpec(kind=kind, encoder_blocks=(0, 1), decoder_layers=layers)
    names = build_network(a_tiny_architecture(peft=spec)).state_dict().keys()
    plain = build_network(a_tiny_architecture()).state_dict().keys()
    assert {name for name in names if is_part(name)} == names - plain


def test_what_only_a_volume_would_run_is_no_part() -> None:
    assert not is_part("image_encoder.blocks.0.Depth_Adapter.D_fc1.weight")


def test_only_parts_and_what_is_named_stay_trainable() -> None:
    spec = PeftSpec(kind="lora", encoder_blocks=(0,))
    network = train_only_parts(build_network(a_tiny_architecture(peft=spec)), "mask_decoder.mask_tokens")
    trained = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    place = "image_encoder.blocks.0.attn.qkv.linear_"
    assert trained == {f"{place}{ab}_{qv}.weight" for ab in "ab" for qv in "qv"} | {
        "mask_decoder.mask_tokens.weight"
    }
