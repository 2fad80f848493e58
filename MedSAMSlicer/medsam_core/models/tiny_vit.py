"""The TinyViT image encoder of MobileSAM and LiteMedSAM.

One stage of convolutions, three of attention in windows, then SAM's neck. The last stage keeps the third's
resolution, so a 256 x 256 grid after the patch embedding becomes 64 x 64. Layout, names and constants are
those of the published weights (ChaoningZhang/MobileSAM and bowang-lab/MedSAM's LiteMedSAM branch, both
Apache-2.0); their classification head (``head``, ``norm_head``) is not part of it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medsam_core.models.architecture import Architecture, TinyViTSpec
from medsam_core.models.pointwise import apply_linear, linear
from medsam_core.models.sam import SamNetwork, build_mask_decoder, build_prompt_encoder
from medsam_core.models.segment_anything_modules import LayerNorm2d
from medsam_core.models.windows import cut_windows, join_windows

_EXPANSION = 4  # of the hidden width of convolution blocks and of MLPs


class ConvNorm(nn.Sequential):
    """A convolution without bias (``c``) and its batch norm (``bn``)."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        padding = kernel // 2
        self.c = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        if self.training or torch.is_grad_enabled() or torch.jit.is_tracing():
            return super().forward(x)
        return self._run_folded(x)

    def _run_folded(self, x: Tensor) -> Tensor:
        """The norm folded into the convolution: one pass over the image less, 15 % of the encoder's time.

        Folding anew each time costs microseconds, and weights keep their names.
        """
        gain = self.bn.weight * (self.bn.running_var + self.bn.eps).rsqrt()
        weight = self.c.weight * gain[:, None, None, None]
        bias = self.bn.bias - self.bn.running_mean * gain
        if self.c.kernel_size == (1, 1):
            return linear(x.permute(0, 2, 3, 1), weight.flatten(1), bias).permute(0, 3, 1, 2)
        return functional.conv2d(x, weight, bias, self.c.stride, self.c.padding, groups=self.c.groups)


class PatchEmbedding(nn.Module):
    """Two convolutions: 3x3 of stride 2 each (stride 4 in all), or 1x1 (stride 1)."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        kernel, step = (3, 2) if stride == 4 else (1, 1)
        self.seq = nn.Sequential(
            ConvNorm(3, width // 2, kernel, step), nn.GELU(), ConvNorm(width // 2, width, kernel, step)
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.seq(images)


class ConvBlock(nn.Module):
    """Widen, convolve each channel, narrow, add the input, activate."""

    def __init__(self, width: int) -> None:
        super().__init__()
        hidden = width * _EXPANSION
        self.conv1 = ConvNorm(width, hidden)
        self.conv2 = ConvNorm(hidden, hidden, 3, groups=hidden)
        self.conv3 = ConvNorm(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        hidden = functional.gelu(self.conv2(functional.gelu(self.conv1(x))))
        return functional.gelu(x + self.conv3(hidden))


class Merging(nn.Module):
    """From one stage's width and resolution to the next one's."""

    def __init__(self, width: int, next_width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(width, next_width)
        self.conv2 = ConvNorm(next_width, next_width, 3, stride, groups=next_width)
        self.conv3 = ConvNorm(next_width, next_width)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3(functional.gelu(self.conv2(functional.gelu(self.conv1(x)))))


class WindowAttention(nn.Module):
    """Attention in square windows with one learned bias per head and per absolute (row, column) offset.

    The rows of ``qkv`` are interleaved: q, k and v of the first head, then of the second, ...
    """

    def __init__(self, width: int, num_heads: int, window: int) -> None:
        super().__init__()
        self.num_heads, self.window_size = num_heads, window
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(num_heads, window * window))
        self.register_buffer("offsets", _offsets(window), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(b, g, g, c) to the same. Windows at the edges are filled with zeros *before* the norm."""
        filler = apply_linear(self.qkv, self.norm(x.new_zeros(1, x.shape[-1])))
        windows = cut_windows(apply_linear(self.qkv, self.norm(x)), self.window_size, filler)
        qkv = windows.unflatten(-1, (self.num_heads, 3, -1)).permute(6, 0, 1, 2, 5, 3, 4, 7)
        q, k, v = qkv.flatten(5, 6).flatten(1, 3).unbind(0)  # each (windows, heads, tokens, d)
        biases = self.attention_biases[:, self.offsets].to(q.dtype)
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=biases.unsqueeze(0))
        out = out.reshape(*windows.shape[:3], self.num_heads, *windows.shape[3:5], -1)
        out = out.permute(0, 1, 2, 4, 5, 3, 6).flatten(-2)
        return apply_linear(self.proj, join_windows(out, x.shape[1]))


def _offsets(window: int) -> Tensor:
    """Index of the bias of two tokens of a window, (tokens, tokens): rows apart times window plus columns."""
    side = torch.arange(window)
    apart = (side[:, None] - side[None, :]).abs()
    pairs = apart[:, None, :, None] * window + apart[None, :, None, :]
    return pairs.reshape(window * window, window * window).int()


class Mlp(nn.Module):
    """Norm, widen, activate, narrow."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, width * _EXPANSION)
        self.fc2 = nn.Linear(width * _EXPANSION, width)

    def forward(self, x: Tensor) -> Tensor:
        return apply_linear(self.fc2, functional.gelu(apply_linear(self.fc1, self.norm(x))))


class TransformerBlock(nn.Module):
    """Attention, a convolution of each channel, an MLP; with finetune-SAM's adapters where it has them."""

    def __init__(self, width: int, num_heads: int, window: int) -> None:
        super().__init__()
        self.attn = WindowAttention(width, num_heads, window)
        self.local_conv = ConvNorm(width, width, 3, groups=width)
        self.mlp = Mlp(width)
        self.scale = 1.0

    def forward(self, x: Tensor) -> Tensor:
        """(b, g, g, c) to the same."""
        attended = self.attn(x)
        if "Space_Adapter" in self._modules:
            attended = self.Space_Adapter(attended)
        x = x + attended
        x = self.local_conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        if "MLP_Adapter" in self._modules:
            return x + self.mlp(x) + self.scale * self.MLP_Adapter(x)
        return x + self.mlp(x)


class ConvStage(nn.Module):
    """The first stage; (b, c, h, w) in and out."""

    def __init__(self, spec: TinyViTSpec) -> None:
        super().__init__()
        width, next_width = spec.embed_dims[:2]
        self.blocks = nn.ModuleList(ConvBlock(width) for _ in range(spec.depths[0]))
        self.downsample = Merging(width, next_width, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return self.downsample(x)


class TransformerStage(nn.Module):
    """One of the three others; (b, c, h, w) in and out."""

    def __init__(self, spec: TinyViTSpec, index: int) -> None:
        super().__init__()
        width, heads, window = spec.embed_dims[index], spec.num_heads[index], spec.window_sizes[index]
        self.blocks = nn.ModuleList(TransformerBlock(width, heads, window) for _ in range(spec.depths[index]))
        last = index == len(spec.depths) - 1
        next_stride = 1 if index == len(spec.depths) - 2 else 2
        self.downsample = None if last else Merging(width, spec.embed_dims[index + 1], next_stride)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        for block in self.blocks:
            x = block(x)
        x = x.permute(0, 3, 1, 2)
        return x if self.downsample is None else self.downsample(x)


class TinyViT(nn.Module):
    """The image encoder: (b, 3, s, s) to (b, out_chans, g, g)."""

    def __init__(self, spec: TinyViTSpec, image_size: int, out_chans: int) -> None:
        super().__init__()
        self.img_size = image_size
        self.patch_embed = PatchEmbedding(spec.embed_dims[0], spec.patch_stride)
        self.layers = nn.ModuleList([ConvStage(spec), *(TransformerStage(spec, i) for i in (1, 2, 3))])
        self.neck = nn.Sequential(
            nn.Conv2d(spec.embed_dims[-1], out_chans, 1, bias=False),
            LayerNorm2d(out_chans),
            nn.Conv2d(out_chans, out_chans, 3, padding=1, bias=False),
            LayerNorm2d(out_chans),
        )

    def transformer_blocks(self) -> list[TransformerBlock]:
        """The blocks with attention, in order through the three stages."""
        return [block for stage in self.layers[1:] for block in stage.blocks]

    def forward(self, images: Tensor) -> Tensor:
        # Channels last in memory: what the 1x1 convolutions and the stages' tokens want.
        x = self.patch_embed(images.contiguous(memory_format=torch.channels_last))
        for stage in self.layers:
            x = stage(x)
        return self.neck(x)


def build_tiny_sam(architecture: Architecture) -> SamNetwork:
    """Build a SAM with a TinyViT encoder, weights random."""
    return SamNetwork(
        architecture,
        TinyViT(architecture.tiny_vit, architecture.image_size, architecture.out_chans),
        build_prompt_encoder(architecture),
        build_mask_decoder(architecture),
    )
