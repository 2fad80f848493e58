"""A run's weights as a file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from medsam_core.atomic_file import check_output
from medsam_core.checkpoints.loaded_checkpoint import open_checkpoint
from medsam_core.checkpoints.own import write_own
from medsam_core.errors import CheckpointError, OptionError
from medsam_training.fit.average import WeightAverage
from medsam_training.fit.config_file import read_config, sections_of
from medsam_training.fit.history import History
from medsam_training.fit.run import Prepared
from medsam_training.fit.run_folder import RunFolder

WHICH = ("best", "last")

# Section of a configuration that only runs of another kind have; what they cannot give; why; what to do.
_OTHERS = (
    (
        "masking",
        ("last",),
        "is the folder of a pretraining: its last epoch is kept for --resume only",
        "export its best epoch, by --which best, and fine-tune from it",
    ),
    (
        "network",
        WHICH,
        "holds a specialist of medsam-train compare, which neither the engine nor Slicer loads",
        "export a run of fit or pretrain",
    ),
)


def export_run(
    run: Path, target: Path, which: str = "best", half: bool = False, overwrite: bool = False
) -> Path:
    """Write a run's weights for the engine and Slicer: LoRA merged, adapters kept.

    Args:
        run: the run's folder; it may still be going on.
        target: the file, usually ``*.safetensors``.
        which: the epoch that validation liked best, or the last one (the average, where there is one).
        half: in float16, half the size.
        overwrite: replace an existing file.

    Raises:
        OptionError: `which` is neither, or the run is of a kind that has no such file.
        CheckpointError: the run has no such weights yet.
        OutputError: the file cannot be written.
    """
    folder = RunFolder(run)
    if which not in WHICH:
        raise OptionError("--which", f"there is no '{which}'", f"use one of {', '.join(WHICH)}")
    check_output(target, overwrite=overwrite)
    _check_kind(folder, which)
    if which == "last":
        return _export_last(folder, target, half)
    if not folder.best.is_file():
        raise CheckpointError(run, "has no best weights yet", "use --which last, or let it train on")
    best = open_checkpoint(folder.best)
    return write_own(best.network, target, best.info, half=half, overwrite=overwrite)


def _check_kind(folder: RunFolder, which: str) -> None:
    sections = sections_of(folder.config) if folder.config.is_file() else ()
    for section, not_there, problem, remedy in _OTHERS:
        if section in sections and which in not_there:
            raise OptionError(folder.path, problem, remedy)


def _export_last(folder: RunFolder, target: Path, half: bool) -> Path:
    checkpoint = folder.checkpoint()
    if checkpoint is None or not folder.config.is_file():
        raise CheckpointError(folder.path, "has no finished epoch", "give the folder of a run that has one")
    prepared = Prepared.of(read_config(folder.config))
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    live = {
        name.removeprefix("network."): tensor
        for name, tensor in state["state_dict"].items()
        if name.startswith("network.")
    }
    prepared.network.load_state_dict({**live, **_average(state)}, strict=False)
    return prepared.export(state["callbacks"][History.__name__]["rows"][-1], target, half)


def _average(state: dict[str, Any]) -> dict[str, torch.Tensor]:
    return state["callbacks"][WeightAverage.__name__]["average"]
