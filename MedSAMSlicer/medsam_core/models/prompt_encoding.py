"""SAM's prompt encoder as tensor arithmetic that batches, traces and converts.

segment-anything writes label embeddings through boolean masks, which neither a trace nor a graph with a
free number of prompts can follow. Here one table is gathered by label; the numbers are the published ones.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from medsam_core.models.network import PADDING, PromptTensors


def encode_positions(encoder: nn.Module, points_xy: Tensor, image_size: int) -> Tensor:
    """Encode pixel positions by random Fourier features, in float32.

    Args:
        encoder: segment-anything's PromptEncoder.
        points_xy: (..., 2) positions in pixels; half a pixel is added to reach pixel centres.
        image_size: side in pixels of the square that the features span.

    Returns:
        (..., C) features, sines then cosines.
    """
    frequencies = encoder.pe_layer.positional_encoding_gaussian_matrix.float()
    centred = 2 * ((points_xy.float() + 0.5) / image_size) - 1
    angles = 2 * math.pi * (centred @ frequencies)
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)


def encode_prompts(encoder: nn.Module, prompts: PromptTensors, image_size: int) -> tuple[Tensor, Tensor]:
    """Encode clicks, boxes and earlier masks.

    Args:
        encoder: segment-anything's PromptEncoder.
        prompts: n prompts of p tokens.
        image_size: side in pixels of the network's input.

    Returns:
        tokens: (n, p, C), one per click, padding or corner.
        dense: (n, C, h, w) of the earlier masks, or (1, C, 1, 1) for "no mask", to be added to the image.
    """
    weights = [encoder.not_a_point_embed.weight, *(row.weight for row in encoder.point_embeddings)]
    table = torch.cat(weights)  # row label + 1, as PADDING is -1
    positions = encode_positions(encoder, prompts.points_xy, image_size)
    is_padding = (prompts.labels == PADDING).unsqueeze(-1)
    positions = torch.where(is_padding, torch.zeros_like(positions), positions)
    tokens = positions.to(table.dtype) + nn.functional.embedding(prompts.labels + 1, table)
    if prompts.mask_logits is None:
        return tokens, encoder.no_mask_embed.weight.reshape(1, -1, 1, 1)
    return tokens, encoder.mask_downscaling(prompts.mask_logits.to(table.dtype))


def grid_positions(encoder: nn.Module, grid: int) -> Tensor:
    """Encode the centres of a square grid of tokens: (1, grid * grid, C), row by row."""
    device = encoder.pe_layer.positional_encoding_gaussian_matrix.device
    side = torch.arange(grid, device=device, dtype=torch.float32)
    y, x = torch.meshgrid(side, side, indexing="ij")
    points_xy = torch.stack([x, y], dim=-1).reshape(1, grid * grid, 2)
    return encode_positions(encoder, points_xy, grid).to(encoder.no_mask_embed.weight.dtype)
