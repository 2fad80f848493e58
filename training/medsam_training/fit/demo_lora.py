"""LoRA for the demo network, whose file knows no such parts: it trains with them and is saved without."""

from __future__ import annotations

from torch import nn

from medsam_core.models.demo_blocks import TransformerBlock
from medsam_core.models.lora import LoraLinear, LoraQkv
from medsam_training.fit.config import Strategy


def add_demo_lora(network: nn.Module, prefixes: tuple[str, ...], strategy: Strategy) -> nn.Module:
    """Put low-rank updates on q and v of every attention below `prefixes`, in place.

    Its convolutions stay as they are: most of this network does not train this way.

    Returns:
        The same network.
    """
    for name, block in network.named_modules():
        if isinstance(block, TransformerBlock) and name.startswith(prefixes):
            block.qkv = LoraQkv(block.qkv, strategy.rank, strategy.scale)
    return network


def merge_demo_lora(network: nn.Module) -> nn.Module:
    """Add every update into its weight, in place.

    Returns:
        The same network, with the plain layers of its architecture.
    """
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LoraQkv | LoraLinear):
                setattr(parent, name, child.merged())
    return network
