"""A network whose weights are spread over the processes: for what does not fit on one device.

PyTorch's FSDP2 (Zhao et al., "PyTorch FSDP", VLDB 2023): each process keeps a share of every weight, of its
gradient and of its optimiser's moments, and borrows the rest of a block only while that block computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from medsam_core.errors import OptionError
from medsam_core.models.architecture import Architecture
from medsam_core.models.registry import build_network
from medsam_training.fit.config import Loop

_MARK = "weights_are_spread"  # PyTorch's own modules for this are imported where a run asks for them


def check_sharding(loop: Loop, architecture: Architecture) -> None:
    """Say at once that a run's weights cannot be spread.

    Raises:
        OptionError: `loop.parallel` is fsdp, and network or precision do not go with it.
    """
    if loop.parallel != "fsdp":
        return
    if not _is_there():
        raise OptionError(
            "loop.parallel", "this PyTorch has no fully_shard", "install 2.6 or later, or use ddp"
        )
    if architecture.family != "vit":
        problem = f"fsdp spreads the blocks of a ViT, and this is a {architecture.family}"
        raise OptionError("loop.parallel", problem, "use ddp: it is small enough")
    if loop.precision == "fp16":
        raise OptionError("loop.precision", "fsdp does not scale losses for fp16", "use bf16 or fp32")


def shard(network: nn.Module, mesh: Any) -> nn.Module:
    """Spread the weights of a network with a SAM's `image_encoder`, in place; again is no change.

    `mesh` has the processes in one dimension. A unit for each transformer block of the encoder, one for all
    the rest.

    Returns:
        The same network.
    """
    from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

    if is_sharded(network):
        return network
    for block in network.image_encoder.blocks:
        fully_shard(block, mesh=mesh)
    # Given back after each pass, also without a backward one: whoever looks then sees shares only.
    fully_shard(network, mesh=mesh, reshard_after_forward=True)
    for name in ("encode", "decode"):  # what is called in place of forward
        if hasattr(network, name):
            register_fsdp_forward_method(network, name)
    setattr(network, _MARK, True)
    return network


def is_sharded(network: nn.Module) -> bool:
    """Whether its weights are spread; then every process must take part in each of its passes."""
    return getattr(network, _MARK, False)


def gathered_state(network: nn.Module) -> dict[str, Tensor]:
    """The whole state dict of a spread network, on the CPU; all processes call it, the others get none."""
    from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

    return get_model_state_dict(network, options=StateDictOptions(full_state_dict=True, cpu_offload=True))


def network_with(architecture: Architecture, state: Mapping[str, Tensor]) -> nn.Module:
    """A network on this process alone, of a gathered state dict."""
    with torch.device("meta"):
        network = build_network(architecture)
    network.load_state_dict(state, assign=True)
    return network


def whole(tensor: Tensor) -> Tensor:
    """A spread tensor put together, on every process; another one as it is."""
    return tensor.full_tensor() if _is_spread(tensor) else tensor


def spread_like(tensor: Tensor, example: Tensor) -> Tensor:
    """A copy of a whole tensor, or of one that is spread already, laid out as `example` is."""
    if not _is_spread(example) or _is_spread(tensor):
        return tensor.detach().to(example, copy=True)
    from torch.distributed.tensor import distribute_tensor

    value = tensor.detach().to(example.device, example.dtype, copy=True)
    # each process has the whole and keeps its part: nothing needs to be sent
    return distribute_tensor(value, example.device_mesh, example.placements, src_data_rank=None)


def _is_spread(tensor: Tensor) -> bool:
    return hasattr(tensor, "full_tensor")


def _is_there() -> bool:
    try:
        from torch.distributed.fsdp import fully_shard  # noqa: F401
    except ImportError:
        return False
    return True
