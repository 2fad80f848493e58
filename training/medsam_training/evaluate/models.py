"""Checkpoints as contestants, at their own input size or at others."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medsam_core.checkpoints.filled_network import filled_network
from medsam_core.checkpoints.loaded_checkpoint import LoadedCheckpoint, open_checkpoint
from medsam_core.errors import CheckpointError, OptionError
from medsam_core.inference.device import choose_placement
from medsam_core.inference.load import load_model
from medsam_core.inference.model import Model
from medsam_core.inference.presets import find_preset
from medsam_core.inference.torch_backend import TorchBackend
from medsam_training.evaluate.contestant import ELLIPSE, Contestant
from medsam_training.evaluate.segmenter import CheckpointSegmenter
from medsam_training.fit.run_folder import RunFolder
from medsam_training.input_size import resized

UNTRAINED = "stability of the mask (its own estimate was never trained)"


@dataclass(frozen=True)
class ModelWish:
    """Which checkpoint, used how.

    Attributes:
        checkpoint: a name, a file, or the folder of a run of `fit`.
        preset: preprocessing in place of the checkpoint's own.
        base: the SAM that a difference was trained on.
        device, precision, backend: see `medsam_core.load_model`.
    """

    checkpoint: str
    preset: str | None = None
    base: str | None = None
    device: str = "auto"
    precision: str = "auto"
    backend: str = "auto"


def contestants_of(wish: ModelWish, sizes: Sequence[int] = ()) -> tuple[list[Contestant], list[str]]:
    """A checkpoint at each size.

    Args:
        wish: the checkpoint.
        sizes: of the network's square input, in pixels; its own by default. A size that its network cannot
            take is left out.

    Returns:
        The contestants, and a sentence for each size that was left out.

    Raises:
        CheckpointError, OptionError, DeviceError: it cannot be used, or at none of the sizes.
    """
    checkpoint = located(wish.checkpoint)
    if not sizes:
        model = load_model(
            checkpoint, wish.device, wish.precision, backend=wish.backend, preset=wish.preset, base=wish.base
        )
        return [contestant_of(model)], []
    loaded = open_checkpoint(checkpoint, base=wish.base, preset=wish.preset)
    found, notes = [], []
    for size in dict.fromkeys(sizes):
        try:
            found.append(contestant_of(_model_at(loaded, size, wish)))
        except (CheckpointError, OptionError) as error:
            notes.append(f"{loaded.info.name} at {size} pixels was left out: {error.problem}.")
    if not found:
        raise OptionError("--sizes", notes[0].rstrip("."), "leave --sizes out")
    return found, notes


def contestant_of(model: Model, name: str | None = None) -> Contestant:
    """A loaded model as a contestant."""
    segmenter = CheckpointSegmenter(model, name)
    identity = f"{model.info.identity}/{model.preset.name}/{model.placement.precision}"
    return Contestant(segmenter, model.preset.image_size, identity, _about(model))


def named_apart(first: Sequence[Contestant], second: Sequence[Contestant]) -> list[Contestant]:
    """The second ones, under another name if theirs is the first ones' or the ellipse's."""
    taken = {ELLIPSE, *(one.name for one in first)}
    renamed = []
    for one in second:
        name, info = one.name, one.segmenter.model.info  # type: ignore[attr-defined]
        for candidate in (name, f"{name} ({info.path.parent.name}/{info.path.name})", f"{name} (2)"):
            name = candidate
            if name not in taken:
                break
        renamed.append(contestant_of(one.segmenter.model, name))  # type: ignore[attr-defined]
    return renamed


def located(checkpoint: str) -> str:
    """The best weights of a run's folder; anything else as it is."""
    folder = RunFolder(Path(checkpoint))
    return str(folder.best) if folder.best.is_file() else checkpoint


def _about(model: Model) -> dict[str, Any]:
    info, placement = model.info, model.placement
    return {
        "file": info.path.name,
        "sha256": info.sha256,
        "format": info.format,
        "architecture": info.architecture.name if info.architecture else None,
        "parameters": info.parameters,
        "preset": model.preset.name,
        "image_size": model.preset.image_size,
        "device": placement.device,
        "precision": placement.precision,
        "score": "its own estimate of the IoU" if info.score_is_trained else UNTRAINED,
        "training": dict(info.training),
        "notes": [*info.notes, *model.notes],
    }


def _model_at(loaded: LoadedCheckpoint, size: int, wish: ModelWish) -> Model:
    info = loaded.info
    architecture, state = resized(info.architecture, loaded.network.state_dict(), size, "--sizes")
    placement = choose_placement(wish.device, wish.precision, "torch", parameters=info.parameters)
    info = dataclasses.replace(info, architecture=architecture)
    preset = dataclasses.replace(find_preset(info.preset), image_size=size)
    return Model(info.name, info, preset, TorchBackend(filled_network(state, architecture), placement))
