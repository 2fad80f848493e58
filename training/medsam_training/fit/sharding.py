"""A network whose weights are spread over the processes: for what does not fit on one device.

PyTorch's FSDP2 (Zhao et al., "PyTorch FSDP", VLDB 2023): each process keeps a share of every weight, of its
gradient and of its optimiser's moments, and borrows the rest of a block only while that block computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor

from medsam_core.errors import OptionError
from medsam_core.models.architecture import Architecture
from medsam_core.models.registry import build_network
from medsam_training.fit.config import Loop

_WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


def check_sharding(loop: Loop, architecture: Architecture) -> None:
    """Say at once that a run's weights cannot be spread.

    Raises:
        OptionError: `loop.parallel` is fsdp, and network or precision do not go with it.
    """
    if loop.parallel != "fsdp":
        return
    if architecture.family != "vit":
        problem = f"fsdp spreads the blocks of a ViT, and this is a {architecture.family}"
        raise OptionError("loop.parallel", problem, "use ddp: it is small enough")
    if loop.precision == "fp16":
        raise OptionError("loop.precision", "fsdp does not scale losses for fp16", "use bf16 or fp32")


def shard(network: nn.Module, mesh: Any) -> nn.Module:
    """Spread a SAM over the processes of a mesh of one dimension, in place; again is no change.

    A unit for each transformer block of the encoder, and one for all the rest.

    Returns:
        The same network.
    """
    if is_sharded(network):
        return network
    for block in network.image_encoder.blocks:
        fully_shard(block, mesh=mesh)
    # Given back after each pass, also without a backward one: whoever looks then sees shares only.
    fully_shard(network, mesh=mesh, reshard_after_forward=True)
    for name in ("encode", "decode"):  # what is called in place of forward
        register_fsdp_forward_method(network, name)
    return network


def is_sharded(network: nn.Module) -> bool:
    """Whether its weights are spread; then every process must take part in each of its passes."""
    return isinstance(network, FSDPModule)


def gathered_state(network: nn.Module) -> dict[str, Tensor]:
    """The whole state dict of a spread network, on the CPU; all processes call it, the others get none."""
    return get_model_state_dict(network, options=_WHOLE)


def network_with(architecture: Architecture, state: Mapping[str, Tensor]) -> nn.Module:
    """A network on this process alone, of a gathered state dict."""
    with torch.device("meta"):
        network = build_network(architecture)
    network.load_state_dict(state, assign=True)
    return network


def whole(tensor: Tensor) -> Tensor:
    """A spread tensor put together, on every process; another one as it is."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def spread_like(tensor: Tensor, example: Tensor) -> Tensor:
    """A copy of a whole tensor, or of one that is spread already, laid out as `example` is."""
    if not isinstance(example, DTensor) or isinstance(tensor, DTensor):
        return tensor.detach().to(example, copy=True)
    value = tensor.detach().to(example.device, example.dtype, copy=True)
    # each process has the whole and keeps its part: nothing needs to be sent
    return distribute_tensor(value, example.device_mesh, example.placements, src_data_rank=None)
