"""Adapters against their published arithmetic, written out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from medsam_core.errors import CheckpointError
from medsam_core.models.adapters import Bottleneck, ChannelSpatialAdapter, add_adapters
from medsam_core.models.architecture import Architecture, PeftSpec, TinyViTSpec
from medsam_core.models.mask_decoding import run_transformer
from medsam_core.models.registry import build_network
from medsam_core.models.segment_anything_modules import window_partition, window_unpartition
from testkit.published_sam import fill_with_random_weights, random_prompts, relative_error
from testkit.tiny_models import a_tiny_architecture

SPEC = PeftSpec(kind="adapter", encoder_blocks=(0, 1), decoder_layers=(0, 1), depth_adapter=True)


def bottleneck_by_hand(adapter: nn.Module, x: Tensor) -> Tensor:
    hidden = functional.gelu(x @ adapter.D_fc1.weight.T + adapter.D_fc1.bias)
    return hidden @ adapter.D_fc2.weight.T + adapter.D_fc2.bias


def block_by_hand(plain: nn.Module, adapted: nn.Module, x: Tensor, windows_before_norm: bool) -> Tensor:
    """finetune-SAM's block: segment-anything's attention and MLP, Space_Adapter, 0.5 x MLP_Adapter."""
    grid, window = x.shape[1], plain.window_size
    cut = (lambda t: window_partition(t, window)) if window else (lambda t: (t, None))
    inputs, padded = cut(x if windows_before_norm else plain.norm1(x))
    attended = plain.attn(plain.norm1(inputs) if windows_before_norm else inputs)
    attended = attended + bottleneck_by_hand(adapted.Space_Adapter, attended)
    if window:
        attended = window_unpartition(attended, window, padded, (grid, grid))
    x = x + attended
    normed = plain.norm2(x)
    return x + plain.mlp(normed) + 0.5 * bottleneck_by_hand(adapted.MLP_Adapter, normed)


@pytest.mark.parametrize("windows_before_norm", [False, True])
@pytest.mark.parametrize("index", [0, 1], ids=["windowed", "global"])
def test_an_encoder_block_runs_both_adapters_where_finetune_sam_does(
    index: int, windows_before_norm: bool
) -> None:
    adapted = build_network(a_tiny_architecture(peft=SPEC, windows_before_norm=windows_before_norm))
    fill_with_random_weights(adapted)
    plain = build_network(a_tiny_architecture())
    plain.load_state_dict(adapted.state_dict(), strict=False)
    block, x = adapted.image_encoder.blocks[index], torch.randn(2, 4, 4, 32)
    with torch.no_grad():
        want = block_by_hand(plain.image_encoder.blocks[index], block, x, windows_before_norm)
        assert relative_error(block(x), want) < 1e-6


def test_windows_before_the_norm_matter_where_windows_are_padded() -> None:
    after, before = (build_network(a_tiny_architecture(windows_before_norm=flag)) for flag in (False, True))
    fill_with_random_weights(after)
    before.load_state_dict(after.state_dict(), strict=True)
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert relative_error(before.encode(images)[0], after.encode(images)[0]) > 1e-3


def test_a_decoder_layer_runs_one_adapter_on_tokens_and_on_the_image() -> None:
    """Layer 0 and 1 written out around segment-anything's attentions and MLP."""
    network = fill_with_random_weights(build_network(a_tiny_architecture(peft=SPEC)))
    transformer, places = network.mask_decoder.transformer, torch.randn(1, 16, 32)
    tokens, image = torch.randn(2, 7, 32), torch.randn(2, 16, 32)
    queries, keys = tokens, image
    with torch.no_grad():
        for index, layer in enumerate(transformer.layers):
            q = queries if index == 0 else queries + tokens
            attended = layer.self_attn(q=q, k=q, v=queries)
            queries = layer.norm1(attended if index == 0 else queries + attended)
            queries = queries + layer.cross_attn_token_to_image(q=queries + tokens, k=keys + places, v=keys)
            queries = layer.norm2(queries + bottleneck_by_hand(layer.Adapter, queries))
            beside = 0.5 * bottleneck_by_hand(layer.MLP_Adapter, queries)
            queries = layer.norm3(queries + layer.mlp(queries) + beside)
            keys = keys + layer.cross_attn_image_to_token(q=keys + places, k=queries + tokens, v=queries)
            keys = layer.norm4(keys + bottleneck_by_hand(layer.Adapter, keys))
        final = transformer.final_attn_token_to_image(q=queries + tokens, k=keys + places, v=keys)
        got_queries, got_keys = run_transformer(transformer, tokens, image, places)
        assert relative_error(got_queries, transformer.norm_final_attn(queries + final)) < 2e-6
        assert relative_error(got_keys, keys) < 2e-6


def test_a_tiny_vit_block_runs_both_adapters_where_finetune_sam_does() -> None:
    architecture = Architecture(
        name="small",
        family="tiny_vit",
        image_size=32,
        out_chans=32,
        tiny_vit=TinyViTSpec(
            embed_dims=(8, 8, 16, 16), depths=(1, 1, 2, 1), num_heads=(1, 2, 2, 4), patch_stride=1
        ),
        peft=PeftSpec(kind="adapter", encoder_blocks=(2,)),
    )
    network = fill_with_random_weights(build_network(architecture))
    block, x = network.image_encoder.layers[2].blocks[1], torch.randn(1, 8, 8, 16)
    with torch.no_grad():
        attended = block.attn(x)
        middle = x + attended + bottleneck_by_hand(block.Space_Adapter, attended)
        middle = block.local_conv(middle.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        want = middle + block.mlp(middle) + 0.5 * bottleneck_by_hand(block.MLP_Adapter, middle)
        assert relative_error(block(x), want) < 1e-6


def test_sam_med2ds_adapter_is_its_gate_and_its_convolutions_written_out() -> None:
    adapter = fill_with_random_weights(ChannelSpatialAdapter(12, 3))
    x = torch.randn(2, 6, 6, 12)
    first, second = (adapter.channel[index].weight for index in (0, 2))
    with torch.no_grad():
        gate = torch.sigmoid(functional.relu(x.flatten(1, 2).mean(1) @ first.T) @ second.T)
        image = (x * gate[:, None, None]).permute(0, 3, 1, 2)
        image = functional.conv2d(image, adapter.spatial[0].weight, stride=2, padding=1).relu()
        image = functional.conv_transpose2d(image, adapter.spatial[2].weight, stride=2, padding=1).relu()
        want = functional.layer_norm(
            x + image.permute(0, 2, 3, 1), (12,), adapter.norm.weight, adapter.norm.bias, 1e-5
        )
        assert relative_error(adapter(x), want) < 1e-6


def test_sam_med2ds_adapter_runs_beside_the_mlp() -> None:
    spec = PeftSpec(kind="sam_med2d", encoder_blocks=(0, 1))
    adapted = fill_with_random_weights(build_network(a_tiny_architecture(peft=spec)))
    plain = build_network(a_tiny_architecture())
    plain.load_state_dict(adapted.state_dict(), strict=False)
    x = torch.randn(1, 4, 4, 32)
    with torch.no_grad():
        for block, published in zip(adapted.image_encoder.blocks, plain.image_encoder.blocks, strict=True):
            after_attention = _after_attention(published, x)
            normed = published.norm2(after_attention)
            want = after_attention + published.mlp(normed) + block.Adapter(normed)
            assert relative_error(block(x), want) < 1e-5


def _after_attention(block: nn.Module, x: Tensor) -> Tensor:
    normed, window = block.norm1(x), block.window_size
    if not window:
        return x + block.attn(normed)
    windows, padded = window_partition(normed, window)
    return x + window_unpartition(block.attn(windows), window, padded, x.shape[1:3])


def test_fresh_adapters_change_nothing() -> None:
    plain = fill_with_random_weights(build_network(a_tiny_architecture()))
    adapted = build_network(a_tiny_architecture(peft=SPEC))
    adapted.load_state_dict(plain.state_dict(), strict=False)
    images, prompts = torch.rand(1, 3, 64, 64), random_prompts("boxes", 64).as_tensors()
    with torch.no_grad():
        assert relative_error(adapted(images, prompts)[0], plain(images, prompts)[0]) < 1e-5


def test_weights_have_finetune_sams_names() -> None:
    names = build_network(a_tiny_architecture(peft=SPEC)).state_dict().keys()
    kinds = ("Space_Adapter", "MLP_Adapter", "Depth_Adapter")
    encoder = [f"image_encoder.blocks.{i}.{kind}" for i in (0, 1) for kind in kinds]
    kinds = ("Adapter", "MLP_Adapter")
    decoder = [f"mask_decoder.transformer.layers.{i}.{kind}" for i in (0, 1) for kind in kinds]
    added = set(names) - set(build_network(a_tiny_architecture()).state_dict())
    parts = [f"D_fc{number}.{kind}" for number in (1, 2) for kind in ("weight", "bias")]
    assert added == {f"{place}.{part}" for place in encoder + decoder for part in parts}


@pytest.mark.parametrize("changes", [{"encoder_blocks": (2,)}, {"decoder_layers": (-1,)}])
def test_a_place_that_is_not_there_is_named(changes: dict) -> None:
    with pytest.raises(CheckpointError, match="there is no"):
        add_adapters(build_network(a_tiny_architecture()), PeftSpec(kind="adapter", **changes))


def test_sam_med2ds_adapter_needs_an_even_grid() -> None:
    spec = PeftSpec(kind="sam_med2d", encoder_blocks=(0,))
    with pytest.raises(CheckpointError, match="even grid"):
        build_network(a_tiny_architecture(peft=spec, image_size=80))


def test_a_bottleneck_without_skip_returns_the_change_alone() -> None:
    x = torch.randn(3, 8)
    assert torch.equal(Bottleneck(8, 2, skip=True)(x), x)
    assert not Bottleneck(8, 2, skip=False)(x).any()
