"""Adapters for the demo network: small bottlenecks beside blocks that stay as they are.

Its transformer blocks get the two of a SAM's encoder (`adapters.add_adapters`), its residual blocks one of
1 x 1 convolutions in parallel, as Rebuffi et al. ("Efficient parametrization of multi-domain deep neural
networks", CVPR 2018) put them beside 3 x 3 convolutions.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from medsam_core.models.adapters import MLP_ADAPTER_SCALE, Bottleneck
from medsam_core.models.demo_blocks import ResidualBlock, TransformerBlock

_NARROWING = 4  # a bottleneck has a quarter of its block's channels


class MapBottleneck(nn.Module):
    """Narrow, GELU, widen, at each place of a map alone. It starts as "no change": the last layer is zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(width, width // _NARROWING, 1)
        self.widen = nn.Conv2d(width // _NARROWING, width, 1)
        nn.init.zeros_(self.widen.weight)
        nn.init.zeros_(self.widen.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, h, w) to what is added, of the same shape."""
        return self.widen(functional.gelu(self.narrow(x)))


def add_demo_adapters(part: nn.Module) -> nn.Module:
    """Put an adapter beside every block of a demo network's encoder or decoder, in place.

    Returns:
        The same module.
    """
    for block in list(part.modules()):
        if isinstance(block, TransformerBlock):
            width = block.proj.out_features
            block.MLP_Adapter = Bottleneck(width, width // _NARROWING, skip=False)
            block.Space_Adapter = Bottleneck(width, width // _NARROWING, skip=True)
            block.scale = MLP_ADAPTER_SCALE
        elif isinstance(block, ResidualBlock):
            block.Adapter = MapBottleneck(block.conv1.in_channels)
    return part
