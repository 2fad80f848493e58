"""Which weights of a network are its parameter-efficient parts."""

from __future__ import annotations

import re

from torch import nn

_PART = re.compile(
    r"\.linear_[ab]_[qv]\.weight$"  # LoRA in the encoder
    r"|_proj\.w_[ab]\.weight$"  # LoRA in the decoder
    r"|\.(Space_Adapter|MLP_Adapter|Adapter)\."  # adapters in both
)


def is_part(name: str) -> bool:
    """Whether a weight of this name belongs to LoRA or an adapter."""
    return _PART.search(name) is not None


def train_only_parts(network: nn.Module, *also: str) -> nn.Module:
    """Freeze every weight but the parameter-efficient ones, in place.

    Args:
        network: any network with LoRA or adapters.
        also: beginnings of names to train as well, such as "mask_decoder.".

    Returns:
        The same network.
    """
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(is_part(name) or name.startswith(also))
    return network
