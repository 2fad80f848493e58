"""Which weights of a network train: backbone x components x method."""

from __future__ import annotations

import dataclasses

import torch
from torch import nn

from medsam_core.errors import OptionError
from medsam_core.models.architecture import Architecture, PeftSpec
from medsam_core.models.fused_encoder import fuse_attention
from medsam_core.models.peft import is_part
from medsam_core.models.registry import build_network
from medsam_training.fit.config import Strategy
from medsam_training.fit.demo_parts import add_demo_adapters, add_demo_lora, has_demo_adapters
from medsam_training.fit.start import Start

ENCODERS = ("image_encoder.", "encoder.")
"""How the names of an encoder's weights begin: of a SAM, of the demo network."""

DECODERS = ("mask_decoder.", "decoder.")

# The weights of a multi-class run that no checkpoint has trained: they train whatever the method.
_CLASS_WEIGHTS = ("mask_decoder.mask_tokens.", "mask_decoder.output_hypernetworks_mlps.")
_DECODER_LAYERS = {"lora": (0, 1, -1), "adapter": (0, 1)}


def trained_network(start: Start, strategy: Strategy, seed: int) -> tuple[nn.Module, Architecture]:
    """Put the method's parts into a starting network and freeze what shall not train.

    Returns:
        The network, its attention fused, and the architecture that its state dict now has.

    Raises:
        OptionError: the network has no such parts.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # every process draws the same parts
        network, architecture = _with_parts(start, strategy)
    choose_weights(network, strategy, bool(start.class_names))
    return fuse_attention(network), architecture


def choose_weights(network: nn.Module, strategy: Strategy, multi_class: bool = False) -> None:
    """Set `requires_grad` of every weight."""
    wanted = _prefixes(strategy)
    always = (*strategy.also, *(_CLASS_WEIGHTS if multi_class else ()))
    for name, parameter in network.named_parameters():
        chosen = name.startswith(wanted) and (strategy.method == "vanilla" or is_part(name))
        parameter.requires_grad_(chosen or name.startswith(always))


def trains_encoder(network: nn.Module) -> bool:
    """Whether anything that an embedding depends on can change."""
    return any(p.requires_grad for name, p in network.named_parameters() if name.startswith(ENCODERS))


def count_weights(network: nn.Module) -> tuple[int, int]:
    """How many weights train, and how many there are."""
    counts = [(p.numel() * p.requires_grad, p.numel()) for p in network.parameters()]
    return sum(trained for trained, _ in counts), sum(total for _, total in counts)


def _prefixes(strategy: Strategy) -> tuple[str, ...]:
    table = {"decoder": DECODERS, "encoder": ENCODERS, "encoder+decoder": ENCODERS + DECODERS}
    return table[strategy.components]


def _with_parts(start: Start, strategy: Strategy) -> tuple[nn.Module, Architecture]:
    if strategy.method == "vanilla":
        return start.network, start.architecture
    present = _present_parts(start.architecture)
    if present:
        raise OptionError(
            "strategy.method",
            f"the starting checkpoint has {present} parts already",
            "use method vanilla with 'also', or start from plain weights",
        )
    if start.architecture.family == "demo":
        if strategy.method == "adapter":
            return add_demo_adapters(start, strategy.components)
        return add_demo_lora(start.network, _prefixes(strategy), strategy), start.architecture
    architecture = dataclasses.replace(start.architecture, peft=_spec(start.architecture, strategy))
    network = build_network(architecture)
    network.load_state_dict(start.network.state_dict(), strict=False)
    return network, architecture


def _present_parts(architecture: Architecture) -> str:
    if architecture.peft is not None:
        return architecture.peft.kind
    return "adapter" if has_demo_adapters(architecture) else ""


def _spec(architecture: Architecture, strategy: Strategy) -> PeftSpec:
    in_encoder, in_decoder = "encoder" in strategy.components, "decoder" in strategy.components
    return PeftSpec(
        kind=strategy.method,
        encoder_blocks=_blocks(architecture, strategy) if in_encoder else (),
        decoder_layers=_DECODER_LAYERS[strategy.method] if in_decoder else (),
        rank=strategy.rank,
        scale=strategy.scale,
    )


def _blocks(architecture: Architecture, strategy: Strategy) -> tuple[int, ...]:
    stages = architecture.tiny_vit
    count = architecture.depth if stages is None else sum(stages.depths[1:])
    if strategy.blocks == "all":
        return tuple(range(count))
    if strategy.blocks == "ends":
        return tuple(sorted({0, 1, count - 2, count - 1} & set(range(count))))
    beyond = [index for index in strategy.blocks if index >= count]
    if beyond:
        raise OptionError("strategy.blocks", f"there is no block {beyond[0]}", f"count from 0 to {count - 1}")
    return tuple(sorted(set(strategy.blocks)))
