"""Low-rank updates added into the weights that they update, so that a plain network can use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from medsam_core.checkpoints.candidate import readable
from medsam_core.errors import CheckpointError

# finetune-SAM and SAMed: the fused projection, with one pair for q and one for v.
_FUSED = re.compile(r"(?P<base>.*\.qkv)\.qkv\.weight")
# ... and a single projection (the decoder's), with its own pair.
_SINGLE = re.compile(r"(?P<base>.*_proj)\.proj\.weight")


@torch.no_grad()
def merge_lora(tensors: Mapping[str, Tensor], path: Path) -> tuple[dict[str, Tensor], int]:
    """Add every B A into its weight and give the weights their plain names back.

    The names are finetune-SAM's: ``X.qkv.qkv.{weight,bias}`` with ``X.qkv.linear_{a,b}_{q,v}.weight``, and
    ``X.q_proj.proj.{weight,bias}`` with ``X.q_proj.w_{a,b}.weight`` (also ``v_proj``). q is the first `dim`
    rows of the fused weight and v the last, dim being its number of columns; on a TinyViT, whose rows are
    interleaved by head, that mixes q, k and v, and it is what those networks were trained with.

    Args:
        tensors: weights; not changed.
        path: the file, for messages.

    Returns:
        The merged weights, and how many updates were added.

    Raises:
        CheckpointError: half of a pair is absent, or its shape does not fit.
    """
    merged = dict(tensors)
    added = 0
    for name in tensors:
        if match := _FUSED.fullmatch(name):
            added += _merge_fused(merged, match["base"], path)
        elif match := _SINGLE.fullmatch(name):
            added += _merge_single(merged, match["base"], path)
    return merged, added


def _merge_fused(merged: dict[str, Tensor], base: str, path: Path) -> int:
    weight = _matrix(merged, f"{base}.qkv.weight", path)
    dim = weight.shape[1]
    pairs = (("q", weight[:dim]), ("v", weight[-dim:]))
    for letter, rows in pairs:
        rows += _update(merged, f"{base}.linear_a_{letter}", f"{base}.linear_b_{letter}", rows, path)
    _rename(merged, f"{base}.qkv", base, weight)
    return len(pairs)


def _merge_single(merged: dict[str, Tensor], base: str, path: Path) -> int:
    weight = _matrix(merged, f"{base}.proj.weight", path)
    weight += _update(merged, f"{base}.w_a", f"{base}.w_b", weight, path)
    _rename(merged, f"{base}.proj", base, weight)
    return 1


def _matrix(merged: dict[str, Tensor], name: str, path: Path) -> Tensor:
    weight = merged.pop(name)
    if weight.ndim != 2:
        raise CheckpointError(path, f"the weight {readable(name)} is not a matrix", "use another file")
    return weight.to(torch.float32, copy=True)


def _update(merged: dict[str, Tensor], first: str, second: str, rows: Tensor, path: Path) -> Tensor:
    a, b = merged.pop(f"{first}.weight", None), merged.pop(f"{second}.weight", None)
    if a is None or b is None:
        absent = first if a is None else second
        raise CheckpointError(
            path, f"the weight {readable(absent)}.weight is absent", "save the whole state dict again"
        )
    fits = a.ndim == b.ndim == 2 and a.shape[0] == b.shape[1] and (b.shape[0], a.shape[1]) == rows.shape
    if not fits:
        shapes = f"{tuple(b.shape)} x {tuple(a.shape)} does not give {tuple(rows.shape)}"
        raise CheckpointError(
            path, f"the low-rank weight {readable(first)} has a wrong shape ({shapes})", "use another file"
        )
    return b.float() @ a.float()


def _rename(merged: dict[str, Tensor], old: str, new: str, weight: Tensor) -> None:
    merged[f"{new}.weight"] = weight
    if f"{old}.bias" in merged:
        merged[f"{new}.bias"] = merged.pop(f"{old}.bias")
