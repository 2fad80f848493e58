"""Low-rank adaptation (LoRA) of q and v.

Every weight keeps its plain name and the low-rank factors lie beside it, so plain weights load into a network
with LoRA. ``X`` adapted by r: ``y = W x + b + scale * B A x``, A (r, k) and B (m, r) without bias.

- encoder: ``attn.qkv.linear_{a,b}_{q,v}.weight``; q and v are those of every head, whether the rows of the
  fused weight are q of all heads, then k, then v (ViT) or interleaved by head (TinyViT);
- decoder: ``{q,v}_proj.{w_a,w_b}.weight`` of every attention.
"""

from __future__ import annotations

import dataclasses
import math

import torch
from torch import Tensor, nn

from medsam_core.errors import CheckpointError
from medsam_core.models.architecture import PeftSpec
from medsam_core.models.pointwise import apply_linear, linear

FINAL_ATTENTION = -1
"""How `PeftSpec.decoder_layers` calls the attention after the last layer."""


def _pair(inputs: int, outputs: int, rank: int) -> tuple[nn.Linear, nn.Linear]:
    """A and B, with B zero: no change at the start."""
    first, second = nn.Linear(inputs, rank, bias=False), nn.Linear(rank, outputs, bias=False)
    nn.init.kaiming_uniform_(first.weight, a=math.sqrt(5))
    nn.init.zeros_(second.weight)
    return first, second


class _Adapted(nn.Linear):
    """A linear layer that takes over another one's weight and bias."""

    def __init__(self, base: nn.Linear, scale: float) -> None:
        nn.Module.__init__(self)  # nn.Linear's own would fill a weight that is not wanted
        self.in_features, self.out_features = base.in_features, base.out_features
        self.weight, self.bias, self.scale = base.weight, base.bias, scale

    def _low_rank(self, first: nn.Linear, second: nn.Linear, x: Tensor) -> Tensor:
        return self.scale * apply_linear(second, apply_linear(first, x))

    def merged_weight(self) -> Tensor:
        """W + scale * B A."""
        raise NotImplementedError

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """A plain layer that computes the same."""
        weight = nn.Parameter(self.merged_weight())
        plain = nn.Linear(self.in_features, self.out_features, device=weight.device, dtype=weight.dtype)
        plain.weight, plain.bias = weight, self.bias
        return plain


class LoraLinear(_Adapted):
    """A linear layer with one low-rank update."""

    def __init__(self, base: nn.Linear, rank: int, scale: float) -> None:
        super().__init__(base, scale)
        self.w_a, self.w_b = _pair(base.in_features, base.out_features, rank)

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias) + self._low_rank(self.w_a, self.w_b, x)

    def merged_weight(self) -> Tensor:
        return self.weight + self.scale * (self.w_b.weight @ self.w_a.weight)


class LoraQkv(_Adapted):
    """A fused projection to q, k and v with updates of q and v.

    Args:
        base: (3 c, c) layer.
        rank, scale: of the updates.
        heads_interleaved: into how many heads the rows are cut before q, k and v: 1 for a ViT (rows are q,
            then k, then v), the number of heads for a TinyViT (q, k, v of the first head, ...).
    """

    def __init__(self, base: nn.Linear, rank: int, scale: float, heads_interleaved: int = 1) -> None:
        super().__init__(base, scale)
        self.groups = heads_interleaved
        width = base.in_features
        self.linear_a_q, self.linear_b_q = _pair(width, width, rank)
        self.linear_a_v, self.linear_b_v = _pair(width, width, rank)

    def forward(self, x: Tensor) -> Tensor:
        q = self._low_rank(self.linear_a_q, self.linear_b_q, x)
        v = self._low_rank(self.linear_a_v, self.linear_b_v, x)
        return linear(x, self.weight, self.bias) + self._placed(q, v, dim=-1)

    def _placed(self, q: Tensor, v: Tensor, dim: int) -> Tensor:
        """Spread what is added to q and to v, along `dim`, over the places of q, k and v."""
        q, v = (part.movedim(dim, -1).unflatten(-1, (self.groups, 1, -1)) for part in (q, v))
        return torch.cat([q, torch.zeros_like(q), v], dim=-2).flatten(-3).movedim(-1, dim)

    def merged_weight(self) -> Tensor:
        q = self.linear_b_q.weight @ self.linear_a_q.weight
        v = self.linear_b_v.weight @ self.linear_a_v.weight
        return self.weight + self.scale * self._placed(q, v, dim=0)


def _decoder_attentions(network: nn.Module, wanted: int) -> list[nn.Module]:
    transformer = network.mask_decoder.transformer
    if wanted == FINAL_ATTENTION:
        return [transformer.final_attn_token_to_image]
    if wanted >= len(transformer.layers):
        remedy = f"count from 0 to {len(transformer.layers) - 1}"
        raise CheckpointError("architecture", f"there is no decoder layer {wanted}", remedy)
    layer = transformer.layers[wanted]
    return [layer.self_attn, layer.cross_attn_token_to_image, layer.cross_attn_image_to_token]


def _encoder_attentions(network: nn.Module) -> list[tuple[nn.Module, int]]:
    """The encoder's attentions, each with the number of heads its fused rows are interleaved by."""
    encoder = network.image_encoder
    if hasattr(encoder, "transformer_blocks"):
        return [(block.attn, block.attn.num_heads) for block in encoder.transformer_blocks()]
    return [(block.attn, 1) for block in encoder.blocks]


def add_lora(network: nn.Module, spec: PeftSpec) -> nn.Module:
    """Put low-rank updates on q and v of an encoder and a mask decoder, in place.

    Returns:
        The same network.

    Raises:
        CheckpointError: it has no such block or layer.
    """
    attentions = _encoder_attentions(network)
    for index in spec.encoder_blocks:
        if index >= len(attentions):
            remedy = f"count from 0 to {len(attentions) - 1}"
            raise CheckpointError("architecture", f"there is no encoder block {index}", remedy)
        attention, heads = attentions[index]
        attention.qkv = LoraQkv(attention.qkv, spec.rank, spec.scale, heads)
    for index in spec.decoder_layers:
        for attention in _decoder_attentions(network, index):
            attention.q_proj = LoraLinear(attention.q_proj, spec.rank, spec.scale)
            attention.v_proj = LoraLinear(attention.v_proj, spec.rank, spec.scale)
    return network


def merge_lora(network: nn.Module) -> nn.Module:
    """Add every low-rank update into its weight and leave plain layers behind, in place.

    Returns:
        The same network; its `architecture` no longer names LoRA.
    """
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, _Adapted):
                setattr(parent, name, child.merged())
    architecture = network.architecture
    if architecture.peft is not None and architecture.peft.kind == "lora":
        network.architecture = dataclasses.replace(architecture, peft=None)
    return network
