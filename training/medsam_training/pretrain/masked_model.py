"""An image encoder that has to paint what it cannot see."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from medsam_core.models.architecture import PATCH_SIZE, Architecture
from medsam_training.pretrain.hidden_squares import enlarged


class MaskedImageModel(nn.Module):
    """SimMIM (Xie et al., CVPR 2022) on SAM's own encoder, its neck included.

    Hidden squares are blackened in the image, so that no convolution sees across their edge, and their
    tokens after the patch embedding are one learned token. The whole grid goes through the encoder, as its
    windows and convolutions need; a linear head paints the pixels of each place of the embedding.

    Args:
        image_encoder: SAM's ViT or a TinyViT; shared, not copied.
        architecture: what it is of.
    """

    def __init__(self, image_encoder: nn.Module, architecture: Architecture) -> None:
        super().__init__()
        self.image_encoder = image_encoder
        self.image_size = architecture.image_size
        stages = architecture.tiny_vit
        width = architecture.embed_dim if stages is None else stages.embed_dims[0]
        self._channels_last = stages is None
        self.mask_token = nn.Parameter(torch.empty(width).normal_(std=0.02))
        self._scale = architecture.image_size // architecture.grid
        self.head = nn.Conv2d(architecture.out_chans, 3 * self._scale**2, 1)
        self._hidden: Tensor | None = None
        image_encoder.patch_embed.register_forward_hook(self._hide)

    def forward(self, images: Tensor, hidden: Tensor) -> Tensor:
        """Paint (b, 3, S, S) images of which the squares of `hidden`, (b, m, m) bool, are not shown."""
        self._hidden = hidden
        shown = images.masked_fill(enlarged(hidden, images.shape[-1])[:, None], 0.0)
        try:
            embedding = self.image_encoder(shown)
        finally:
            self._hidden = None
        return functional.pixel_shuffle(self.head(embedding), self._scale)

    def _hide(self, module: nn.Module, inputs: Any, tokens: Tensor) -> Tensor:
        if self._hidden is None:
            return tokens
        side = tokens.shape[1] if self._channels_last else tokens.shape[-1]
        covered = enlarged(self._hidden, side)
        token = self.mask_token.to(tokens.dtype)
        if self._channels_last:
            return torch.where(covered[..., None], token, tokens)
        return torch.where(covered[:, None], token[:, None, None], tokens)


def token_pixels(architecture: Architecture) -> int:
    """Side in pixels of what one token of the encoder's first stage shows."""
    return PATCH_SIZE if architecture.tiny_vit is None else architecture.tiny_vit.patch_stride
