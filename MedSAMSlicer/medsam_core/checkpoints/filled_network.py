"""A network with a file's weights in it: all of them, in the right shapes, every one a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from medsam_core.checkpoints.candidate import listed, readable
from medsam_core.errors import CheckpointError
from medsam_core.models.registry import Architecture, build_network

_RANDOM_FILLS = frozenset(
    (
        "uniform_",
        "normal_",
        "trunc_normal_",
        "kaiming_uniform_",
        "kaiming_normal_",
        "xavier_uniform_",
        "xavier_normal_",
        "orthogonal_",
    )
)
_BATCH_COUNT = ".num_batches_tracked"  # counts training steps; nothing reads it at inference


def check_weights(tensors: Mapping[str, Tensor], architecture: Architecture, path: Path) -> int:
    """Hold weights to an architecture.

    Returns:
        The number of parameters, training counters not included.

    Raises:
        CheckpointError: a weight is absent, too many, of a wrong shape or type, or not a finite number.
    """
    skeleton = skeleton_network(architecture).state_dict()
    expected = {name: tuple(tensor.shape) for name, tensor in skeleton.items()}
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
    if not _all_finite(tensor):
        raise CheckpointError(
            path,
            f"the weight {readable(name)} has values that are not numbers (NaN or infinite)",
            "the training diverged; use an earlier checkpoint",
        )


def _all_finite(tensor: Tensor) -> bool:
    """A NaN or infinity stays in a sum, which is three times as fast as looking at every number.

    In float64 no number of float32 values overflows.
    """
    return math.isfinite(tensor.to(_stored_as(tensor)).sum(dtype=torch.float64))


def filled_network(tensors: Mapping[str, Tensor], architecture: Architecture) -> nn.Module:
    """Build a network from weights that `check_weights` has passed.

    The weights are copied into memory as float32: they no longer depend on the file.

    Returns:
        A `PromptableNetwork` in eval mode on the CPU.
    """
    network = skeleton_network(architecture)
    copies = {name: t.detach().to(_stored_as(t), copy=True).contiguous() for name, t in tensors.items()}
    network.load_state_dict(copies, strict=False, assign=True)
    return network.eval().requires_grad_(True)


def _stored_as(tensor: Tensor) -> torch.dtype:
    return torch.float32 if tensor.is_floating_point() else tensor.dtype


def skeleton_network(architecture: Architecture) -> nn.Module:
    """A network whose weights hold whatever was in memory: they are there to be replaced.

    Filling them with random numbers first takes 9 s for ViT-H on two cores. (The "meta" device saves that
    too, but its random numbers import torch's compiler: 2 s and 100 MB.)
    """
    with _NoRandomNumbers():
        return build_network(architecture)


class _NoRandomNumbers(TorchFunctionMode):
    """Leaves out every filling with random numbers; all else is done, tables are computed."""

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in (torch.randn, torch.rand):
            return torch.empty(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") in _RANDOM_FILLS:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))
