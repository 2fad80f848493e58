"""Weights found in a file, unwrapped and with their training wrappers' prefixes taken off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from medsam_core.checkpoints.safe_load import RawCheckpoint
from medsam_core.errors import CheckpointError

WRAPPERS = ("model", "state_dict", "model_state", "model_state_dict", "network", "net")
"""Keys under which training scripts put the weights, in the order in which they are tried."""

_PREFIXES = ("module.", "sam.", "model.", "network.", "net.")
_COMPILED = "_orig_mod."  # torch.compile puts it in the middle where a part was compiled
_LIGHTNING = "pytorch-lightning_version"
_MAX_DEPTH = 3
_MAX_TENSORS = 20_000
_MAX_NAME = 500
_MAX_SHARING = 3  # one number may be two weights' (tied, or listed twice), a view of one may not be millions
_FACTS = ("epoch", "iteration", "global_step", "loss", "best_loss", "best_metric", "best_tol")
_DTYPES = frozenset(
    (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32, torch.bool)
)


@dataclass(frozen=True, eq=False)
class Candidate:
    """What a format looks at to say whether a file is its own.

    Attributes:
        path: the file.
        tensors: name -> weight.
        metadata: the texts of a safetensors header.
        wrapper: the key that the weights lay under, or None.
        beside: the top-level keys of a file that wraps its weights.
        facts: plain numbers of the training that lay beside the weights.
        notes: what was taken off or left out on the way, as sentences.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str] = field(default_factory=dict)
    wrapper: str | None = None
    beside: frozenset[str] = frozenset()
    facts: Mapping[str, float | int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def has(self, pattern: str) -> bool:
        """Whether a regular expression is found in some weight's name."""
        compiled = re.compile(pattern)
        return any(compiled.search(name) for name in self.tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a weight; () if it is absent."""
        return tuple(self.tensors[name].shape) if name in self.tensors else ()


def candidate_of(raw: RawCheckpoint) -> Candidate:
    """Find the weights in a file's content.

    Raises:
        CheckpointError: there are none, or they are too many, or of a kind that no network here has.
    """
    if not isinstance(raw.tree, Mapping):
        what = type(raw.tree).__name__
        raise CheckpointError(
            raw.path, f"holds a {what}, not named weights", "give a state dict saved with torch.save"
        )
    wrapped, wrapper = _unwrap(raw.tree)
    weights = {name: value for name, value in wrapped.items() if isinstance(value, Tensor)}
    if not weights:
        found = ", ".join(readable(key) for key in list(raw.tree)[:6]) or "nothing"
        raise CheckpointError(raw.path, f"holds no weights (its keys: {found})", "give a trained checkpoint")
    _require_plain(raw.path, weights)
    tensors, notes = _without_prefixes(raw.path, weights, lightning=_LIGHTNING in raw.tree)
    beside = frozenset(str(key) for key in raw.tree) if wrapper else frozenset()
    texts = {k: v for k, v in raw.tree.items() if k == "medsam" and isinstance(v, str)}
    return Candidate(
        raw.path, tensors, {**raw.metadata, **texts}, wrapper, beside, _facts(raw.tree), tuple(notes)
    )


def readable(name: object) -> str:
    """A weight's name for a message: one line, printable, not long."""
    return str(name)[:100].encode("unicode_escape").decode("ascii")


def listed(names: Iterable[str], count: int = 3) -> str:
    """The first names of many, for a message."""
    names = sorted(names)
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return ", ".join(readable(name) for name in names[:count]) + more


def _unwrap(tree: Mapping[Any, Any]) -> tuple[Mapping[Any, Any], str | None]:
    """Go down to the dictionary that holds the network's tensors by name."""
    wrapper = None
    for _ in range(_MAX_DEPTH):
        inner = [key for key in WRAPPERS if isinstance(tree.get(key), Mapping) and tree[key]]
        # A number of the training may be a tensor beside the weights: the richer dictionary is meant.
        if not inner or _tensors_in(tree) > _tensors_in(tree[inner[0]]):
            break
        tree, wrapper = tree[inner[0]], inner[0]
    return tree, wrapper


def _tensors_in(tree: Mapping[Any, Any]) -> int:
    return sum(isinstance(value, Tensor) for value in tree.values())


def _require_plain(path: Path, weights: Mapping[Any, Tensor]) -> None:
    if len(weights) > _MAX_TENSORS:
        raise CheckpointError(path, f"has {len(weights)} weights", "give the weights of one network")
    for name, tensor in weights.items():
        if isinstance(name, str) and len(name) > _MAX_NAME:
            raise CheckpointError(
                path, f"has a weight with an endless name ({readable(name)[:30]}...)", "use another file"
            )
        dense = tensor.layout is torch.strided and tensor.device.type == "cpu" and not tensor.is_nested
        if not isinstance(name, str) or not dense or tensor.dtype not in _DTYPES:
            kind = f"{tensor.dtype} on {tensor.device}".removeprefix("torch.")
            raise CheckpointError(
                path, f"the weight {readable(name)} is {kind}", "give weights in ordinary floating point"
            )
    claimed = sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
    if claimed > _MAX_SHARING * path.stat().st_size:
        problem = f"its weights claim {claimed} bytes, more than are in the file"
        raise CheckpointError(path, problem, "save copies of the weights, not expanded views")


def _without_prefixes(
    path: Path, weights: Mapping[str, Tensor], *, lightning: bool
) -> tuple[dict[str, Tensor], list[str]]:
    notes: list[str] = []
    renamed = {name: name.replace(_COMPILED, "") for name in weights}
    if any(old != new for old, new in renamed.items()):
        notes.append(f"took '{_COMPILED}' off the names of the weights")
    while prefix := _common_prefix(renamed.values(), lightning):
        rest = [name for name, new in renamed.items() if not new.startswith(prefix)]
        if rest:
            notes.append(f"left out what is not the network's: {listed(rest)}")
        renamed = {k: new.removeprefix(prefix) for k, new in renamed.items() if new.startswith(prefix)}
        notes.append(f"took '{prefix}' off the names of the weights")
    if len(set(renamed.values())) != len(renamed):
        raise CheckpointError(
            path, "has the same weight under two names", "save the network's own state dict"
        )
    return {new: weights[old] for old, new in renamed.items()}, notes


def _common_prefix(names: Iterable[str], lightning: bool) -> str | None:
    names = list(names)
    for prefix in _PREFIXES:
        with_it = sum(name.startswith(prefix) for name in names)
        # A Lightning module also saves the buffers of its losses and metrics.
        if with_it and (with_it == len(names) or (lightning and with_it * 2 > len(names))):
            return prefix
    return None


def _facts(tree: Mapping[Any, Any]) -> dict[str, float | int]:
    """The training's plain numbers; nothing else beside the weights is kept."""
    found = {key: tree.get(key) for key in _FACTS}
    return {
        key: value
        for key, value in found.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12
    }
