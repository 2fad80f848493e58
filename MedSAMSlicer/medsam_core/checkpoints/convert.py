"""Rewrite a checkpoint: as our own file, or as plain weights that segment-anything reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from medsam_core.atomic_file import atomic_output
from medsam_core.checkpoints.info import CheckpointInfo
from medsam_core.checkpoints.loaded_checkpoint import LoadedCheckpoint, NameOrPath, open_checkpoint
from medsam_core.checkpoints.own import write_own
from medsam_core.errors import CheckpointError, OptionError
from medsam_core.models.lora import merge_lora


@dataclass(frozen=True)
class Converted:
    """What was written.

    Attributes:
        path: the new file.
        info: of the checkpoint that it was made from.
        notes: what the new file does not carry, as sentences.
    """

    path: Path
    info: CheckpointInfo
    notes: tuple[str, ...] = ()


def convert(
    source: NameOrPath,
    target: str | os.PathLike[str],
    *,
    base: NameOrPath | None = None,
    preset: str | None = None,
    half: bool = False,
    overwrite: bool = False,
) -> Converted:
    """Rewrite a checkpoint of any known format; the weights stay as they are.

    LoRA parts are kept apart in our own file and merged in a plain one; adapters are kept or refused.

    Args:
        source: what `open_checkpoint` takes.
        target: ``*.safetensors`` for our own file, ``*.pth`` or ``*.pt`` for a plain state dict.
        base, preset: as `open_checkpoint`.
        half: store float16 (our own file only).
        overwrite: replace an existing file.

    Raises:
        CheckpointError: the source cannot be read, or a plain state dict cannot express its network.
        OptionError: the target's suffix is none of these.
        OutputError: the target exists already or cannot be written.
    """
    path = Path(target)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise OptionError(path, "cannot be told what to write", f"end it in {', '.join(_WRITERS)}")
    return writer(open_checkpoint(source, base=base, preset=preset), path, half, overwrite)


def _write_own(loaded: LoadedCheckpoint, path: Path, half: bool, overwrite: bool) -> Converted:
    write_own(loaded.network, path, loaded.info, half=half, overwrite=overwrite)
    return Converted(path, loaded.info)


def _write_plain(loaded: LoadedCheckpoint, path: Path, half: bool, overwrite: bool) -> Converted:
    _require_plain(loaded.info)
    if half:
        raise OptionError("half", "is for our own file", "end the target in .safetensors")
    network = merge_lora(loaded.network)
    # Copies: torch.save would write the whole storage behind a view.
    state = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    with atomic_output(path, overwrite=overwrite) as temporary:
        torch.save(state, temporary)
    return Converted(path, loaded.info, _lost_in_plain(loaded.info))


def _require_plain(info: CheckpointInfo) -> None:
    architecture = info.architecture
    remedy = "convert it to .safetensors, which keeps them"
    if architecture is None or architecture.family == "demo":
        raise CheckpointError(info.path, "is not a SAM: plain weights cannot express it", remedy)
    if architecture.peft is not None and architecture.peft.kind != "lora":  # LoRA is merged
        problem = f"has {architecture.peft.kind} parts, which plain weights cannot express"
        raise CheckpointError(info.path, problem, remedy)


def _lost_in_plain(info: CheckpointInfo) -> tuple[str, ...]:
    """What other programs have to be told, because a plain state dict cannot say it."""
    architecture, notes = (
        info.architecture,
        [f"its preprocessing is '{info.preset}'; the file does not say so"],
    )
    if architecture.peft is not None:
        notes.append("its low-rank updates are merged into the weights")
    if architecture.windows_before_norm:
        notes.append(
            "segment-anything pads windows after the norm, finetune-SAM before: results differ slightly"
        )
    if architecture.class_tokens:
        notes.append(f"it has {architecture.mask_tokens} mask tokens: build the decoder with as many")
    if architecture.family == "vit" and architecture.image_size != 1024:
        notes.append(f"its images have {architecture.image_size} pixels: build the encoder for that")
    return tuple(notes)


_WRITERS: dict[str, Callable[[LoadedCheckpoint, Path, bool, bool], Converted]] = {
    ".safetensors": _write_own,
    ".pth": _write_plain,
    ".pt": _write_plain,
}
