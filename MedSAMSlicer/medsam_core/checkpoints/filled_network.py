"""A network with a file's weights in it: all of them, in the right shapes, every one a number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from medsam_core.checkpoints.candidate import listed, readable
from medsam_core.errors import CheckpointError
from medsam_core.models.registry import Architecture, build_network

_LARGE = 20_000_000  # weights
_BATCH_COUNT = ".num_batches_tracked"  # counts training steps; nothing reads it at inference


def expected_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a network's weights, without making them."""
    with torch.device("meta"):
        network = build_network(architecture)
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def check_weights(tensors: Mapping[str, Tensor], architecture: Architecture, path: Path) -> int:
    """Hold weights to an architecture.

    Returns:
        The number of parameters, training counters not included.

    Raises:
        CheckpointError: a weight is absent, too many, of a wrong shape or type, or not a finite number.
    """
    expected = expected_shapes(architecture)
    required = {name for name in expected if not name.endswith(_BATCH_COUNT)}
    missing, unexpected = required - tensors.keys(), tensors.keys() - expected.keys()
    remedy = "save the whole state dict of the network, or use another file"
    if missing:
        raise CheckpointError(
            path, f"lacks {len(missing)} weights of a {architecture.name}: {listed(missing)}", remedy
        )
    if unexpected:
        problem = f"has {len(unexpected)} weights that a {architecture.name} has not: {listed(unexpected)}"
        raise CheckpointError(path, problem, remedy)
    for name, tensor in tensors.items():
        _check_weight(name, tensor, expected[name], path)
    return sum(tensors[name].numel() for name in required)


def _check_weight(name: str, tensor: Tensor, shape: tuple[int, ...], path: Path) -> None:
    if tuple(tensor.shape) != shape:
        problem = f"the weight {readable(name)} has shape {tuple(tensor.shape)} instead of {shape}"
        raise CheckpointError(path, problem, "use another file")
    if name.endswith(_BATCH_COUNT):
        return
    if not tensor.is_floating_point():
        problem = f"the weight {readable(name)} is of whole numbers ({tensor.dtype})".replace("torch.", "")
        raise CheckpointError(path, problem, "give weights in ordinary floating point")
    if not torch.isfinite(tensor).all():
        raise CheckpointError(
            path,
            f"the weight {readable(name)} has values that are not numbers (NaN or infinite)",
            "the training diverged; use an earlier checkpoint",
        )


def filled_network(tensors: Mapping[str, Tensor], architecture: Architecture) -> nn.Module:
    """Build a network from weights that `check_weights` has passed.

    The weights are copied into memory as float32: they no longer depend on the file.

    Returns:
        A `PromptableNetwork` in eval mode on the CPU.
    """
    network = _unfilled_network(architecture, sum(tensor.numel() for tensor in tensors.values()))
    network.load_state_dict(
        {name: _own_copy(tensor) for name, tensor in tensors.items()}, strict=False, assign=True
    )
    return network.eval().requires_grad_(True)


def _unfilled_network(architecture: Architecture, elements: int) -> nn.Module:
    """A network whose weights are to be replaced: a large one is not first filled with random numbers.

    That takes 9 s for ViT-H on two cores. A network that also computes tables of its own, which no file
    holds, has to be built for real; so are all small ones, where it costs nothing.
    """
    if elements >= _LARGE:
        with torch.device("meta"):
            network = build_network(architecture)
        persistent = network.state_dict()
        if all(name in persistent for name, _ in network.named_buffers()):
            return network
    return build_network(architecture)


def _own_copy(tensor: Tensor) -> Tensor:
    kind = torch.float32 if tensor.is_floating_point() else tensor.dtype
    return tensor.detach().to(kind, copy=True).contiguous()
