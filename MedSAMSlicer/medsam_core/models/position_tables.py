"""Position tables of SAM's ViT for another image size."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from medsam_core.models.architecture import PATCH_SIZE
from medsam_core.models.recognition import architecture_of

_TABLE = re.compile(r"image_encoder\.blocks\.(\d+)\.attn\.rel_pos_[hw]")


def resize_relative_table(table: Tensor, side: int) -> Tensor:
    """Stretch a (2 s - 1, d) table of relative positions to (2 side - 1, d), linearly.

    It is segment-anything's ``get_rel_pos`` rule, done once at loading instead of in every forward pass.
    """
    length = 2 * side - 1
    if table.shape[0] == length:
        return table
    stretched = functional.interpolate(table.float().T.unsqueeze(0), size=length, mode="linear")
    return stretched.squeeze(0).T.to(table.dtype).contiguous()


def resize_absolute_table(table: Tensor, side: int, mode: str = "bilinear") -> Tensor:
    """Stretch a (1, s, s, d) table of absolute positions to (1, side, side, d).

    Args:
        table: ``image_encoder.pos_embed``.
        side: tokens along an edge of the new image.
        mode: "bilinear" (SAMed, SAM-Med2D) or "bicubic".
    """
    if table.shape[1:3] == (side, side):
        return table
    stretched = functional.interpolate(
        table.float().permute(0, 3, 1, 2), size=(side, side), mode=mode, align_corners=False
    )
    return stretched.permute(0, 2, 3, 1).to(table.dtype).contiguous()


@torch.no_grad()
def resize_position_tables(
    state_dict: Mapping[str, Tensor], image_size: int, mode: str = "bilinear"
) -> dict[str, Tensor]:
    """Return the weights of a SAM with a ViT encoder for another image size.

    Only the absolute table and the global blocks' relative tables depend on it; windows keep theirs.

    Args:
        state_dict: weights with segment-anything's names.
        image_size: pixels, a multiple of 16.
        mode: interpolation of the absolute table, "bilinear" or "bicubic".

    Returns:
        A new mapping; tensors that did not change are shared with `state_dict`.

    Raises:
        CheckpointError: the weights are not those of a SAM.
        ValueError: the size is not a multiple of 16.
    """
    if image_size % PATCH_SIZE:
        raise ValueError(f"image_size must be a multiple of {PATCH_SIZE}, not {image_size}")
    architecture = architecture_of(state_dict)
    resized = dict(state_dict)
    if architecture.family != "vit":
        return resized  # a TinyViT has no table that depends on the image size
    side = image_size // PATCH_SIZE
    resized["image_encoder.pos_embed"] = resize_absolute_table(
        state_dict["image_encoder.pos_embed"], side, mode
    )
    every_block_is_global = architecture.window_size == 0
    for name, table in state_dict.items():
        match = _TABLE.fullmatch(name)
        if match and (every_block_is_global or int(match[1]) in architecture.global_attn_indexes):
            resized[name] = resize_relative_table(table, side)
    return resized
