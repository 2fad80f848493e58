"""Architectures told from the shapes of weights alone."""

from __future__ import annotations

import dataclasses

import pytest

from medsam_core.checkpoints.filled_network import skeleton_network
from medsam_core.errors import CheckpointError
from medsam_core.models.architecture import ARCHITECTURES, Architecture, PeftSpec, TinyViTSpec
from medsam_core.models.recognition import architecture_of
from testkit.tiny_models import a_tiny_architecture

VIT = a_tiny_architecture(depth=4, global_attn_indexes=(1, 3), image_size=80)
TINY_VIT = Architecture(
    name="small",
    family="tiny_vit",
    image_size=256,
    tiny_vit=TinyViTSpec(
        embed_dims=(16, 32, 32, 64),
        depths=(1, 2, 3, 1),
        num_heads=(2, 2, 4, 4),
        window_sizes=(7, 7, 5, 7),
        patch_stride=1,
    ),
    out_chans=32,
)


def shapes_of(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    state = skeleton_network(architecture).state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


@pytest.mark.parametrize("name", ["vit_b", "vit_l", "vit_h", "mobile_sam", "litemedsam"])
def test_published_networks_are_recognised_whole(name: str) -> None:
    assert architecture_of(shapes_of(ARCHITECTURES[name])) == ARCHITECTURES[name]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"image_size": 112},
        {"window_size": 0, "global_attn_indexes": ()},
        {"global_attn_indexes": ()},
        {"mlp_dim": 48},
        {"mask_tokens": 9, "class_tokens": True},
        {"peft": PeftSpec(kind="sam_med2d", encoder_blocks=(0, 1, 2, 3)), "image_size": 96},
        {"peft": PeftSpec(kind="sam_med2d", encoder_blocks=(2,), bottleneck=24), "image_size": 96},
        {"peft": PeftSpec(kind="lora", encoder_blocks=(0, 3), decoder_layers=(-1, 0, 1), rank=2)},
        {"peft": PeftSpec(kind="lora", decoder_layers=(0,), rank=7)},
        {"peft": PeftSpec(kind="adapter", encoder_blocks=(0, 2))},
        {
            "peft": PeftSpec(
                kind="adapter", encoder_blocks=(1,), decoder_layers=(0, 1), depth_adapter=True, bottleneck=11
            ),
            "windows_before_norm": True,
        },
    ],
)
def test_a_vit_is_recognised_whole(changes: dict) -> None:
    architecture = dataclasses.replace(VIT, **changes)
    found = architecture_of(shapes_of(architecture))
    assert dataclasses.replace(found, name=architecture.name) == architecture


@pytest.mark.parametrize(
    "peft",
    [
        None,
        PeftSpec(kind="adapter", encoder_blocks=(0, 1, 4, 5), decoder_layers=(0,)),
        PeftSpec(kind="lora", encoder_blocks=(2, 5), decoder_layers=(-1,)),
    ],
)
def test_a_tiny_vit_is_recognised_whole(peft: PeftSpec | None) -> None:
    architecture = dataclasses.replace(TINY_VIT, peft=peft)
    found = architecture_of(shapes_of(architecture))
    assert dataclasses.replace(found, name="small") == architecture


def test_a_fine_tuned_published_network_keeps_its_name() -> None:
    tuned = dataclasses.replace(ARCHITECTURES["vit_b"], mask_tokens=3, class_tokens=True, image_size=512)
    assert architecture_of(shapes_of(tuned)) == tuned


def test_tables_not_yet_resized_to_the_grid_tell_windows_all_the_same() -> None:
    shapes = shapes_of(dataclasses.replace(VIT, image_size=128))
    shapes["image_encoder.pos_embed"] = (1, 6, 6, 32)
    found = architecture_of(shapes)
    assert (found.image_size, found.window_size, found.global_attn_indexes) == (96, 3, (1, 3))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"mask_decoder.mask_tokens.weight": None}, "mask_tokens"),
        ({"image_encoder.pos_embed": None}, "image encoder"),
        ({"image_encoder.pos_embed": (1, 5, 32)}, "pos_embed"),
        ({"image_encoder.blocks.1.attn.rel_pos_h": None}, "rel_pos_h"),
        ({"image_encoder.blocks.0.attn.rel_pos_h": (5, 7)}, "width"),
        ({"image_encoder.blocks.0.attn.rel_pos_h": (5, 0)}, "width"),
        ({"image_encoder.blocks.0.attn.rel_pos_h": (7, 16)}, "windows"),
        ({"image_encoder.blocks.9.norm1.weight": (32,)}, "missing"),
        ({"image_encoder.pos_embed": (1, 5000, 5000, 32)}, "image_size"),
        ({"image_encoder.blocks.0.Space_Adapter.D_fc1.weight": (32,)}, "axes"),
    ],
)
def test_weights_of_no_known_network_are_refused_by_name(change: dict, named: str) -> None:
    shapes = {name: shape for name, shape in (shapes_of(VIT) | change).items() if shape is not None}
    with pytest.raises(CheckpointError, match=named):
        architecture_of(shapes)


def test_windows_as_large_as_the_grid_are_global_attention() -> None:
    found = architecture_of(shapes_of(dataclasses.replace(VIT, image_size=48)))
    assert (found.window_size, found.global_attn_indexes) == (0, ())


def test_an_encoder_alone_is_refused() -> None:
    shapes = {name: shape for name, shape in shapes_of(VIT).items() if "decoder" not in name}
    with pytest.raises(CheckpointError, match="no mask decoder"):
        architecture_of(shapes)
