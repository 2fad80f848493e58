"""The loop of a run, whatever network it trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import lightning.pytorch as pl
import torch
from rich.console import Console
from torch import nn

from medsam_core.atomic_file import make_folder
from medsam_core.inference.presets import Preset
from medsam_training.fit.average import WeightAverage
from medsam_training.fit.config import RunConfig
from medsam_training.fit.config_file import write_config
from medsam_training.fit.data_module import SliceData
from medsam_training.fit.embedding_store import EmbeddingStore
from medsam_training.fit.history import History, Row
from medsam_training.fit.launcher import Launch
from medsam_training.fit.memory_advice import memory_errors
from medsam_training.fit.progress import RunProgress
from medsam_training.fit.run_folder import RunFolder
from medsam_training.fit.samples import SampleSheet
from medsam_training.fit.segmentation_module import SegmentationModule
from medsam_training.fit.sharding import is_sharded
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.fit.strategy import count_weights
from medsam_training.fit.trainer import make_trainer


class Trainable(Protocol):
    """All that a run needs but the loop.

    Attributes:
        config: of the run.
        network: a `PromptableNetwork`, what trains marked.
        preset: how it wants its images and gives its masks.
        class_names: of a multi-class run, background first; empty otherwise.
        origin: where the starting weights came from.
        training, validation: slices.
        moves_statistics: running statistics of batches move while it trains.
        goes_on_by: the command that goes on with the run.
    """

    config: RunConfig
    network: nn.Module
    training: SlicePool
    validation: SlicePool

    @property
    def preset(self) -> Preset: ...

    @property
    def class_names(self) -> tuple[str, ...]: ...

    @property
    def origin(self) -> str: ...

    @property
    def moves_statistics(self) -> bool: ...

    @property
    def goes_on_by(self) -> str: ...

    def stores(self) -> tuple[EmbeddingStore, EmbeddingStore] | None:
        """Where the embeddings of both pools are kept, if they are."""

    def export(self, row: Row, path: Path, half: bool = False) -> Path:
        """Write the network's present weights, those of the epoch of `row`."""


def train(prepare: Callable[[], Trainable], config: RunConfig, resume: bool = False) -> RunFolder:
    """Train, until the epochs are over or validation has stopped rising.

    Args:
        prepare: opens data and network, once the folder is known to be usable.
        config: of the run.
        resume: go on from the folder's last whole checkpoint; from the start where there is none.

    Returns:
        The run's folder.

    Raises:
        MedSAMError: something cannot be used, the loss diverged, or memory ran out.
    """
    folder, first = RunFolder(Path(config.out)), Launch.of(config.loop).is_first
    console = Console(stderr=True, quiet=not first)
    if resume and folder.epochs_asked() >= config.loop.epochs:
        console.print(f"{folder.path}: the run is complete already", highlight=False)
        return folder
    checkpoint = folder.checkpoint() if resume else None
    if first and not resume:
        folder.refuse_if_used()
    prepared = prepare()
    if first:
        make_folder(folder.path)
        write_config(config, folder.config)
    with memory_errors(config):
        _Run(prepared, folder, console).go(checkpoint)
    return folder


class _Run:
    def __init__(self, prepared: Trainable, folder: RunFolder, console: Console) -> None:
        config = prepared.config
        self.prepared, self.folder = prepared, folder
        self.average = WeightAverage(config.optimiser.average)
        self.progress = RunProgress(0, console)
        pictures = config.loop.pictures
        self.history = History(folder, pictures, self.progress.say_row, self._keep_best)
        callbacks: list[pl.Callback] = [self.average, self.history, self.progress]
        if pictures:
            callbacks.append(SampleSheet(folder.samples, self.average))
        torch.manual_seed(config.loop.seed)
        self.trainer = make_trainer(config, folder, callbacks)
        self.data = data_of(prepared, self.progress.say)
        passes = self.data.passes_per_epoch(self.trainer.world_size)
        self.progress.steps = config.loop.epochs * passes // config.loop.accumulate
        self.module = module_of(prepared, self.progress.steps)

    def go(self, checkpoint: Path | None) -> None:
        trained, total = count_weights(self.prepared.network)
        counts = (
            f"{len(self.prepared.training)} slices to learn from, {len(self.prepared.validation)} to check on"
        )
        self.progress.say(f"{counts}; {trained:,} of {total:,} weights train")
        if checkpoint is None:
            (result,) = self.trainer.validate(self.module, datamodule=self.data, verbose=False)
            self.history.add_start(result["validation_dice"])
            self.progress.say(f"before training: validation Dice {result['validation_dice']:.4f}")
        else:
            self.progress.say(f"going on from {checkpoint}")
        try:
            self.trainer.fit(self.module, datamodule=self.data, ckpt_path=checkpoint)
        except SystemExit:  # what Lightning makes of Ctrl-C
            if not self.trainer.interrupted:
                raise
            self.progress.say(f"every finished epoch is kept; go on with {self.prepared.goes_on_by}")
            raise KeyboardInterrupt from None
        if self.trainer.is_global_zero:
            self._finish()

    def _keep_best(self, row: Row) -> None:
        """The first process writes; where weights are spread over them, the others have to help it."""
        network = self.prepared.network
        with self.average.shown(network):
            if self.trainer.is_global_zero or is_sharded(network):
                self.prepared.export(row, self.folder.best)

    def _finish(self) -> None:
        rows = self.history.rows
        best = self.history.best
        self.folder.write_summary(
            {
                "best": best,
                "start_dice": rows[0]["validation_dice"],
                "epochs": rows[-1]["epoch"],
                "epochs_asked": self.prepared.config.loop.epochs,
                "stopped_early": rows[-1]["epoch"] < self.prepared.config.loop.epochs,
                "seconds": round(sum(row["seconds"] for row in rows), 1),
                "model": self.folder.best.name,
            }
        )
        dice, start = best["validation_dice"], rows[0]["validation_dice"]
        worse = "" if dice > start else " (no epoch was better than the start)"
        self.progress.say(f"validation Dice from {start:.4f} to {dice:.4f}{worse}: {self.folder.best}")


def module_of(prepared: Trainable, steps: int) -> SegmentationModule:
    """What Lightning trains; `steps` are those of the whole run."""
    return SegmentationModule(
        prepared.network,
        prepared.config,
        prepared.preset,
        prepared.class_names,
        steps,
        prepared.origin,
        prepared.moves_statistics,
    )


def data_of(prepared: Trainable, say: Callable[[str], None]) -> SliceData:
    """What Lightning trains it on."""
    config, network = prepared.config, prepared.network
    side = network.image_size if config.loss.at == "input" else network.low_resolution
    pools = (prepared.training, prepared.validation)
    return SliceData(config, prepared.preset, side, *pools, network, prepared.stores(), say)
