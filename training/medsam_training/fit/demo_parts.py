"""Parameter-efficient parts of the demo network.

Its file knows adapters, which stay; LoRA it does not: it trains with that and is saved without.
"""

from __future__ import annotations

import dataclasses

from torch import nn

from medsam_core.models.architecture import Architecture
from medsam_core.models.demo import demo_architecture
from medsam_core.models.demo_blocks import TransformerBlock
from medsam_core.models.demo_config import DemoConfig
from medsam_core.models.lora import LoraLinear, LoraQkv
from medsam_core.models.registry import build_network
from medsam_training.fit.config import Strategy
from medsam_training.fit.start import Start


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


def add_demo_adapters(start: Start, components: str) -> tuple[nn.Module, Architecture]:
    """A demo network of the same weights with adapters beside the blocks of some components.

    Returns:
        It, and the architecture that names the adapters.
    """
    config: DemoConfig = start.network.config
    config = dataclasses.replace(
        config, encoder_adapters=int("encoder" in components), decoder_adapters=int("decoder" in components)
    )
    architecture = demo_architecture(config, start.architecture.name)
    network = build_network(architecture)
    network.load_state_dict(start.network.state_dict(), strict=False)
    return network, architecture


def has_demo_adapters(architecture: Architecture) -> bool:
    """Whether a demo network has adapters already."""
    options = dict(architecture.options)
    return bool(options.get("encoder_adapters") or options.get("decoder_adapters"))
