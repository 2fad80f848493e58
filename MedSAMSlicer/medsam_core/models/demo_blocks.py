"""Building blocks of the demo network: convolution, residual block, transformer block."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ImageNorm(nn.GroupNorm):
    """Normalises over groups of 8 channels of one image: no running statistics, so a batch never mixes."""

    def __init__(self, width: int) -> None:
        super().__init__(width // 8, width)

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, h, w) to the same shape."""
        if not torch.jit.is_tracing():
            return super().forward(x)
        # OpenVINO 2026.4 crashes while compiling two residual blocks in a row with its own GroupNormalization
        grouped = x.reshape(-1, self.num_groups, 8 * x.shape[2] * x.shape[3])
        centred = grouped - grouped.mean(-1, keepdim=True)
        scale = torch.rsqrt((centred * centred).mean(-1, keepdim=True) + self.eps)
        even = (centred * scale).reshape(-1, self.num_channels, x.shape[2], x.shape[3])
        return even * self.weight[:, None, None] + self.bias[:, None, None]


def conv(width_in: int, width_out: int, stride: int = 1) -> nn.Sequential:
    """A 3 x 3 convolution, normalised and rectified."""
    layer = nn.Conv2d(width_in, width_out, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(layer, ImageNorm(width_out), nn.ReLU())


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a skip; with an adapter beside them where it has one."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1 = ImageNorm(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = ImageNorm(width)
        nn.init.constant_(
            self.norm2.weight, 0.25
        )  # starts near the identity, so that depth costs nothing early

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, h, w) to the same shape."""
        inner = F.relu(self.norm1(self.conv1(x)))
        change = self.norm2(self.conv2(inner))
        if "Adapter" in self._modules:
            change = change + self.Adapter(x)
        return F.relu(x + change)


class TransformerBlock(nn.Module):
    """Pre-norm self-attention and perceptron on (n, tokens, width); with adapters where it has them."""

    def __init__(self, width: int, heads: int, expansion: int = 3) -> None:
        super().__init__()
        self.heads, self.scale = heads, 1.0
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, expansion * width), nn.GELU(), nn.Linear(expansion * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(n, tokens, width) to the same shape."""
        attended = self._attend(self.norm1(x))
        if "Space_Adapter" in self._modules:
            attended = self.Space_Adapter(attended)
        x = x + attended
        normed = self.norm2(x)
        if "MLP_Adapter" in self._modules:
            return x + self.mlp(normed) + self.scale * self.MLP_Adapter(normed)
        return x + self.mlp(normed)

    def _attend(self, x: Tensor) -> Tensor:
        tokens, width = x.shape[1], x.shape[2]
        qkv = self.qkv(x).reshape(-1, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        # written out: on so few tokens the fused kernel's backward pass on a CPU is three times slower
        scale = (width // self.heads) ** -0.5
        mixed = (torch.softmax(q * scale @ k.transpose(-2, -1), -1) @ v).transpose(1, 2)
        return self.proj(mixed.reshape(-1, tokens, width))
