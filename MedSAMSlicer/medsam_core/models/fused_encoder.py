"""SAM's ViT encoder in the form that runs fastest: same weights, same names, same numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medsam_core.models.attention import FusedAttention
from medsam_core.models.pointwise import apply_linear, linear


class FusedBlock(nn.Module):
    """A transformer block of SAM's encoder, with finetune-SAM's or SAM-Med2D's adapters where it has them.

    The stream of tokens keeps the type it comes in; each layer works in the type of its own weights. So
    with float32 norms and bfloat16 matrices the residuals are summed in float32.
    """

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        for name, child in block.named_children():
            self.add_module(name, child)
        self.attn = FusedAttention(block.attn, block.window_size)
        self.window_size = block.window_size
        self.windows_before_norm = getattr(block, "windows_before_norm", False)
        self.scale = getattr(block, "scale", 1.0)
        self.train(block.training)

    def forward(self, x: Tensor) -> Tensor:
        """(b, g, g, c) to the same."""
        padding = None
        if self.windows_before_norm and self.window_size:
            padding = self.norm1(x.new_zeros(1, x.shape[-1]))
        attended = self.attn(self.norm1(x), padding)
        if "Space_Adapter" in self._modules:
            attended = self.Space_Adapter(attended)
        x = x + attended
        normed = self.norm2(x)
        x = x + apply_linear(self.mlp.lin2, self.mlp.act(apply_linear(self.mlp.lin1, normed)))
        if "MLP_Adapter" in self._modules:
            x = x + self.scale * self.MLP_Adapter(normed)
        if "Adapter" in self._modules:
            x = x + self.Adapter(normed)
        return x


class FusedEncoder(nn.Module):
    """segment-anything's ImageEncoderViT over `FusedBlock`."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.img_size = encoder.img_size
        self.patch_embed = encoder.patch_embed
        self.pos_embed = encoder.pos_embed
        self.blocks = nn.ModuleList(FusedBlock(block) for block in encoder.blocks)
        self.neck = encoder.neck
        self.train(encoder.training)

    def forward(self, images: Tensor) -> Tensor:
        """(b, 3, s, s) to (b, channels, g, g)."""
        x = self.patch_embed(images.to(self.patch_embed.proj.weight.dtype)) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self._run_neck(x)

    def _run_neck(self, x: Tensor) -> Tensor:
        first, norm, second, last_norm = self.neck
        x = linear(x.to(first.weight.dtype), first.weight.flatten(1))
        x = _channel_norm(norm, x).permute(0, 3, 1, 2)
        x = second(x.to(second.weight.dtype)).permute(0, 2, 3, 1)
        return _channel_norm(last_norm, x).permute(0, 3, 1, 2).contiguous()


def _channel_norm(norm: nn.Module, x: Tensor) -> Tensor:
    """Run segment-anything's LayerNorm2d on (..., c), in the type of its weights."""
    x = x.to(norm.weight.dtype)
    return functional.layer_norm(x, x.shape[-1:], norm.weight, norm.bias, norm.eps)


def fuse_attention(network: nn.Module) -> nn.Module:
    """Swap the image encoder's modules for the fused ones, in place.

    Parameters keep their names and identity, so weights can be loaded, and optimizers built, before or after.
    Networks whose encoder is not SAM's ViT are left as they are.

    Returns:
        The same network.
    """
    encoder = getattr(network, "image_encoder", None)
    if encoder is not None and hasattr(encoder, "pos_embed") and not isinstance(encoder, FusedEncoder):
        network.image_encoder = FusedEncoder(encoder)
    return network


def lower_matrices(network: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Give matrix products of a fused encoder a lower precision, in place; norms and residuals stay float32.

    A LayerNorm with bfloat16 weights costs accuracy and saves nothing.

    Returns:
        The same network.

    Raises:
        ValueError: its encoder is not fused; others do not mix types.
    """
    if not isinstance(network.image_encoder, FusedEncoder):
        raise ValueError("fuse the encoder first: fuse_attention(network)")
    for module in network.image_encoder.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            module.to(dtype)
    return network
