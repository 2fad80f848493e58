"""The fused image encoder against segment-anything's."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch
from torch import nn

from medsam_core.models.architecture import ARCHITECTURES, PeftSpec
from medsam_core.models.fused_encoder import FusedEncoder, fuse_attention, lower_matrices
from medsam_core.models.lora import merge_lora
from medsam_core.models.registry import build_network
from testkit.published_sam import fill_with_random_weights, relative_error
from testkit.tiny_models import a_tiny_architecture


def a_network(**changes: object) -> nn.Module:
    return fill_with_random_weights(build_network(a_tiny_architecture(**changes)))


def encoded(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return network.encode(images)[0]


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("size", [64, 80, 416])
def test_a_fused_encoder_gives_the_published_embedding(size: int, batch: int) -> None:
    network, images = a_network(image_size=size), torch.rand(batch, 3, size, size)
    want = encoded(network, images)
    assert relative_error(encoded(fuse_attention(network), images), want) < 1e-5


def test_a_short_vit_b_at_512_pixels_gives_the_published_embedding() -> None:
    row = dataclasses.replace(ARCHITECTURES["vit_b"], depth=2, global_attn_indexes=(1,), image_size=512)
    network, images = fill_with_random_weights(build_network(row)), torch.rand(1, 3, 512, 512)
    want = encoded(network, images)
    assert relative_error(encoded(fuse_attention(network), images), want) < 1e-5


@pytest.mark.long
@pytest.mark.parametrize("name", ["vit_b", "vit_l"])
def test_a_whole_network_at_full_size_gives_the_published_embedding(name: str) -> None:
    torch.set_num_threads(2)
    network = fill_with_random_weights(build_network(ARCHITECTURES[name]))
    images = torch.rand(1, 3, 1024, 1024)
    want = encoded(network, images)
    assert relative_error(encoded(fuse_attention(network), images), want) < 1e-5


def test_fusing_keeps_every_weight_under_its_name_and_the_same_object() -> None:
    network = a_network()
    before = dict(network.named_parameters())
    assert fuse_attention(network) is network
    after = dict(network.named_parameters())
    assert before.keys() == after.keys()
    assert all(after[name] is parameter for name, parameter in before.items())


def test_fusing_twice_is_fusing_once() -> None:
    network = fuse_attention(a_network())
    encoder = network.image_encoder
    assert fuse_attention(network).image_encoder is encoder


def test_a_network_without_a_vit_is_left_alone() -> None:
    network = build_network(ARCHITECTURES["demo"])
    assert not any(isinstance(module, FusedEncoder) for module in fuse_attention(network).modules())


def test_training_mode_survives_fusing() -> None:
    assert fuse_attention(a_network().train()).image_encoder.training
    assert not fuse_attention(a_network().eval()).image_encoder.training


def test_gradients_through_a_fused_encoder_are_the_published_ones() -> None:
    network, images = a_network(), torch.rand(2, 3, 64, 64)
    twin = fuse_attention(copy.deepcopy(network))
    for one in (network, twin):
        one.encode(images)[0].square().mean().backward()
    wanted = dict(network.image_encoder.named_parameters())
    for name, parameter in twin.image_encoder.named_parameters():
        # Softmax ignores the bias of the keys: that gradient is rounding, next to those of q and v.
        assert (parameter.grad - wanted[name].grad).abs().max() < 1e-5 * wanted[name].grad.abs().max(), name


def test_lora_and_fusing_compose_in_either_order() -> None:
    spec = PeftSpec(kind="lora", encoder_blocks=(0, 1), decoder_layers=(-1, 0, 1))
    network, images = a_network(peft=spec), torch.rand(1, 3, 64, 64)
    want = encoded(network, images)
    fused_then_merged = merge_lora(fuse_attention(copy.deepcopy(network)))
    merged_then_fused = fuse_attention(merge_lora(copy.deepcopy(network)))
    for twin in (fuse_attention(network), fused_then_merged, merged_then_fused):
        assert relative_error(encoded(twin, images), want) < 1e-5


def test_an_encoder_that_is_not_fused_keeps_its_precision() -> None:
    with pytest.raises(ValueError, match="fuse"):
        lower_matrices(a_network(), torch.bfloat16)


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("size", [64, 416])
def test_autocast_rounds_a_fused_encoder_no_more_than_the_published_one(size: int, gradients: bool) -> None:
    network, images = a_network(image_size=size), torch.rand(1, 3, size, size)
    exact = encoded(network, images)
    errors = []
    for one in (network, fuse_attention(copy.deepcopy(network))):
        with torch.set_grad_enabled(gradients), torch.autocast("cpu", torch.bfloat16):
            errors.append(relative_error(one.encode(images)[0], exact))
    assert errors[1] < 1.2 * errors[0]


@pytest.mark.parametrize("kind", [None, "lora", "adapter", "sam_med2d"])
def test_lower_matrices_keep_norms_and_the_embedding_exact_to_their_rounding(kind: str | None) -> None:
    peft = kind and PeftSpec(kind=kind, encoder_blocks=(0, 1))
    network, images = a_network(peft=peft), torch.rand(1, 3, 64, 64)
    want = encoded(network, images)
    lower_matrices(fuse_attention(network), torch.bfloat16)
    got = encoded(network, images)
    assert got.dtype == torch.float32
    assert relative_error(got, want) < 0.03
    norms = [m for m in network.image_encoder.modules() if "Norm" in type(m).__name__]
    assert all(parameter.dtype == torch.float32 for norm in norms for parameter in norm.parameters())
    matrices = [m for m in network.image_encoder.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    assert all(matrix.weight.dtype == torch.bfloat16 for matrix in matrices)
