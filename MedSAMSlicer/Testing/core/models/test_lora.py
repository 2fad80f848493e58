"""Low-rank adaptation against the whole matrices it stands for."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch
from torch import nn

from medsam_core.errors import CheckpointError
from medsam_core.models.architecture import Architecture, PeftSpec, TinyViTSpec
from medsam_core.models.lora import LoraLinear, LoraQkv, add_lora, merge_lora
from medsam_core.models.registry import build_network
from testkit.published_sam import fill_with_random_weights, random_prompts, relative_error
from testkit.tiny_models import a_tiny_architecture

EVERYWHERE = PeftSpec(kind="lora", encoder_blocks=(0, 1), decoder_layers=(-1, 0, 1), rank=3, scale=0.7)
TINY_VIT = Architecture(
    name="small",
    family="tiny_vit",
    image_size=32,
    out_chans=32,
    tiny_vit=TinyViTSpec(
        embed_dims=(8, 8, 16, 16), depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 4), patch_stride=1
    ),
)


def a_vit(peft: PeftSpec | None = None) -> nn.Module:
    return build_network(a_tiny_architecture(peft=peft))


def random(layer: nn.Module) -> nn.Module:
    return fill_with_random_weights(layer)


def test_one_update_is_scale_times_b_times_a() -> None:
    layer = random(LoraLinear(nn.Linear(10, 6), rank=3, scale=0.7))
    x = torch.randn(2, 5, 10)
    whole = layer.weight + 0.7 * layer.w_b.weight @ layer.w_a.weight
    assert torch.allclose(layer(x), x @ whole.T + layer.bias, atol=1e-5)
    assert torch.allclose(layer.merged().weight, whole, atol=1e-6)


@pytest.mark.parametrize(("heads", "q_rows"), [(1, range(6)), (2, [0, 1, 2, 9, 10, 11])])
def test_q_and_v_are_updated_and_k_is_not(heads: int, q_rows: object) -> None:
    """ViT: rows are q, k, v. TinyViT with two heads: q, k, v of the first head, then of the second."""
    layer = random(LoraQkv(nn.Linear(6, 18), rank=2, scale=0.5, heads_interleaved=heads))
    whole = layer.weight.detach().clone()
    v_rows = [row + 12 // heads for row in q_rows]
    for row in range(6):
        whole[list(q_rows)[row]] += 0.5 * layer.linear_b_q.weight[row] @ layer.linear_a_q.weight
        whole[v_rows[row]] += 0.5 * layer.linear_b_v.weight[row] @ layer.linear_a_v.weight
    x = torch.randn(3, 4, 6)
    assert torch.allclose(layer(x), x @ whole.T + layer.bias, atol=1e-5)
    assert torch.allclose(layer.merged().weight, whole, atol=1e-6)


@pytest.mark.parametrize("architecture", [a_tiny_architecture(), TINY_VIT], ids=["vit", "tiny_vit"])
def test_fresh_updates_change_nothing_and_plain_weights_load_beside_them(architecture: Architecture) -> None:
    plain = random(build_network(architecture))
    blocks = (0, 1) if architecture.tiny_vit is None else (0, 1, 2)
    spec = dataclasses.replace(EVERYWHERE, encoder_blocks=blocks)
    adapted = build_network(dataclasses.replace(architecture, peft=spec))
    missing, unexpected = adapted.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert all("linear_" in name or ".w_" in name for name in missing)
    images = torch.rand(1, 3, architecture.image_size, architecture.image_size)
    prompts = random_prompts("boxes", architecture.image_size, n=1).as_tensors()
    with torch.no_grad():
        assert torch.equal(adapted(images, prompts)[0], plain(images, prompts)[0])


@pytest.mark.parametrize("architecture", [a_tiny_architecture(), TINY_VIT], ids=["vit", "tiny_vit"])
def test_merging_keeps_every_mask_and_leaves_a_plain_network(architecture: Architecture) -> None:
    spec = dataclasses.replace(EVERYWHERE, encoder_blocks=(0, 1))
    network = random(build_network(dataclasses.replace(architecture, peft=spec)))
    images = torch.rand(1, 3, architecture.image_size, architecture.image_size)
    prompts = random_prompts("both", architecture.image_size, n=1).as_tensors()
    with torch.no_grad():
        want, _ = network(images, prompts)
        merged = merge_lora(network)
        assert relative_error(merged(images, prompts)[0], want) < 1e-5
    assert merged.architecture == architecture
    plain = build_network(architecture)
    plain.load_state_dict(merged.state_dict(), strict=True)
    assert not any(isinstance(module, LoraLinear | LoraQkv) for module in merged.modules())


def test_only_the_low_rank_weights_get_gradients_when_the_rest_is_frozen() -> None:
    network = random(a_vit(EVERYWHERE))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_("linear_" in name or ".w_" in name)
    network(torch.rand(1, 3, 64, 64), random_prompts("boxes", 64, n=1).as_tensors())[0].sum().backward()
    trained = [p for p in network.parameters() if p.requires_grad]
    assert len(trained) == 2 * 4 + 7 * 2 * 2
    assert all(parameter.grad.any() for parameter in trained)


def test_a_copy_is_independent() -> None:
    network = random(a_vit(EVERYWHERE))
    twin = copy.deepcopy(network)
    merge_lora(twin)
    assert network.architecture.peft == EVERYWHERE
    assert twin.architecture.peft is None


@pytest.mark.parametrize("changes", [{"encoder_blocks": (2,)}, {"decoder_layers": (2,)}])
def test_a_block_that_is_not_there_is_named(changes: dict) -> None:
    spec = PeftSpec(kind="lora", **changes)
    with pytest.raises(CheckpointError, match="2"):
        add_lora(a_vit(), spec)
