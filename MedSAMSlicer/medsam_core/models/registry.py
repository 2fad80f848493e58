"""From an architecture to a network, and from weights to an architecture."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from torch import nn

from medsam_core.models.architecture import ARCHITECTURES, Architecture
from medsam_core.models.recognition import architecture_of

__all__ = ["ARCHITECTURES", "Architecture", "architecture_of", "build_network"]

# family -> "module:function", imported when first asked for
_BUILDERS = {
    "vit": "medsam_core.models.sam:build_sam",
    "tiny_vit": "medsam_core.models.tiny_vit:build_tiny_sam",
    "demo": "medsam_core.models.demo:build_demo",
}
# PEFT kind -> "module:function" that puts the parts into a network
_INSTALLERS = {
    "lora": "medsam_core.models.lora:add_lora",
    "adapter": "medsam_core.models.adapters:add_adapters",
    "sam_med2d": "medsam_core.models.adapters:add_sam_med2d_adapters",
}


def _function(where: str) -> Callable[..., nn.Module]:
    module, name = where.split(":")
    return getattr(import_module(module), name)


def build_network(architecture: Architecture) -> nn.Module:
    """Build a network with random weights, in eval mode, float32, on the CPU.

    Returns:
        A `PromptableNetwork`.

    Raises:
        CheckpointError: the parameter-efficient parts do not fit the network.
    """
    network = _function(_BUILDERS[architecture.family])(architecture)
    if architecture.windows_before_norm:
        _function("medsam_core.models.adapters:cut_windows_before_norm")(network)
    if architecture.peft is not None:
        _function(_INSTALLERS[architecture.peft.kind])(network, architecture.peft)
    return network.eval()
