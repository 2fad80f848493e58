"""SAM's mask decoder, run with the image and the prompts paired once and no work done twice.

The modules and their weights are segment-anything's; the arithmetic is the published one, in an order that
costs less:

- an image that n prompts share is projected once in the first layer, not n times;
- ``keys + position`` is formed once per layer, not twice;
- a 2x2 stride-2 transposed convolution is a matrix product per token, so the upscaling stays in
  (token, channel) order, where the channel norm is a plain layer norm; only the final logits, m channels
  instead of 32, are put into image order;
- hypernetworks run for the mask tokens that are asked for.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medsam_core.models.pointwise import apply_linear, linear


def _attend(attention: nn.Module, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Run a decoder attention; batch 1 on either side broadcasts."""

    def heads(x: Tensor) -> Tensor:
        return x.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)

    q, k, v = (
        heads(apply_linear(layer, x))
        for layer, x in ((attention.q_proj, q), (attention.k_proj, k), (attention.v_proj, v))
    )
    weights = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    out = weights.softmax(dim=-1) @ v
    return apply_linear(attention.out_proj, out.transpose(1, 2).flatten(2))


def _run_layer(
    layer: nn.Module, queries: Tensor, keys: Tensor, query_pe: Tensor, key_pe: Tensor
) -> tuple[Tensor, Tensor]:
    """Run one two-way layer, with finetune-SAM's adapters where the layer has them."""
    adapter, mlp_adapter = getattr(layer, "Adapter", None), getattr(layer, "MLP_Adapter", None)
    if layer.skip_first_layer_pe:
        queries = _attend(layer.self_attn, queries, queries, queries)
    else:
        q = queries + query_pe
        queries = queries + _attend(layer.self_attn, q, q, queries)
    queries = layer.norm1(queries)

    placed_keys = keys + key_pe
    queries = queries + _attend(layer.cross_attn_token_to_image, queries + query_pe, placed_keys, keys)
    queries = layer.norm2(queries if adapter is None else adapter(queries))

    mlp = layer.mlp(queries)
    if mlp_adapter is not None:
        mlp = mlp + layer.scale * mlp_adapter(queries)
    queries = layer.norm3(queries + mlp)

    keys = keys + _attend(layer.cross_attn_image_to_token, placed_keys, queries + query_pe, queries)
    return queries, layer.norm4(keys if adapter is None else adapter(keys))


def run_transformer(
    transformer: nn.Module, tokens: Tensor, image: Tensor, image_pe: Tensor
) -> tuple[Tensor, Tensor]:
    """Let tokens and image attend to each other.

    Args:
        transformer: segment-anything's TwoWayTransformer.
        tokens: (n, t, C), also their own position encoding.
        image: (b, h * w, C), b being 1 or n.
        image_pe: (1, h * w, C) position encoding.

    Returns:
        tokens (n, t, C) and image (n, h * w, C).
    """
    queries, keys = tokens, image
    for layer in transformer.layers:
        queries, keys = _run_layer(layer, queries, keys, tokens, image_pe)
    last = _attend(transformer.final_attn_token_to_image, queries + tokens, keys + image_pe, keys)
    return transformer.norm_final_attn(queries + last), keys


def _upscale_by_two(convolution: nn.ConvTranspose2d, x: Tensor) -> Tensor:
    """Apply a 2x2 stride-2 transposed convolution to (..., C) tokens: (..., 4, C'), (row, column) first."""
    weight = convolution.weight.permute(2, 3, 1, 0).flatten(0, 2)
    return linear(x, weight, convolution.bias.repeat(4)).unflatten(-1, (4, -1))


def _mask_logits(decoder: nn.Module, keys: Tensor, hyper: Tensor, grid: int) -> Tensor:
    """Upscale (n, grid * grid, C) four times and take the product with (n, m, C / 8) hyper weights."""
    first, norm, act, second, last_act = decoder.output_upscaling
    x = _upscale_by_two(first, keys)
    x = act(functional.layer_norm(x, x.shape[-1:], norm.weight, norm.bias, norm.eps))
    x = last_act(_upscale_by_two(second, x))  # (n, grid * grid, 4, 4, C / 8)
    logits = x.flatten(1, 3) @ hyper.transpose(1, 2)  # (n, grid * grid * 16, m)
    logits = logits.unflatten(1, (grid, grid, 2, 2, 2, 2))  # (n, y, x, y2, x2, y1, x1, m)
    return logits.permute(0, 7, 1, 3, 5, 2, 4, 6).flatten(5, 7).flatten(2, 4)


def decode_masks(
    decoder: nn.Module,
    embedding: Tensor,
    image_pe: Tensor,
    tokens: Tensor,
    dense: Tensor,
    wanted: slice,
) -> tuple[Tensor, Tensor]:
    """Predict the masks of n prompts.

    Args:
        decoder: segment-anything's MaskDecoder.
        embedding: (b, C, g, g) image embedding, b being 1 (one image for all prompts) or n (paired).
        image_pe: (1, g * g, C) position encoding of the grid.
        tokens: (n, p, C) prompt tokens.
        dense: (n or 1, C, g or 1, g or 1) what the prompts add to the image.
        wanted: which mask tokens to turn into masks.

    Returns:
        logits: (n, m, 4 g, 4 g).
        scores: (n, m) predicted IoU.
    """
    output_tokens = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    output_tokens = output_tokens.unsqueeze(0).expand(tokens.shape[0], -1, -1)
    image = (embedding + dense).flatten(2).transpose(1, 2)
    queries = torch.cat([output_tokens, tokens], dim=1)
    queries, keys = run_transformer(decoder.transformer, queries, image, image_pe)
    indices = range(*wanted.indices(decoder.num_mask_tokens))
    hyper = torch.stack(
        [decoder.output_hypernetworks_mlps[index](queries[:, 1 + index]) for index in indices], dim=1
    )
    scores = decoder.iou_prediction_head(queries[:, 0])[:, wanted]
    return _mask_logits(decoder, keys, hyper, embedding.shape[-1]), scores
