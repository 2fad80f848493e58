"""A run, from its configuration to its best weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lightning.pytorch as pl
import torch
from rich.console import Console
from torch import nn

from medsam_core.atomic_file import make_folder
from medsam_core.errors import OptionError
from medsam_core.models.architecture import Architecture
from medsam_training.fit.average import WeightAverage
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import write_config
from medsam_training.fit.data_module import SliceData
from medsam_training.fit.embedding_store import EmbeddingStore, store_of
from medsam_training.fit.export_model import header_of, write_model
from medsam_training.fit.history import History, Row
from medsam_training.fit.launcher import Launch
from medsam_training.fit.memory_advice import memory_errors
from medsam_training.fit.progress import RunProgress
from medsam_training.fit.run_folder import RunFolder
from medsam_training.fit.samples import SampleSheet
from medsam_training.fit.segmentation_module import SegmentationModule
from medsam_training.fit.slice_pool import SlicePool, label_names
from medsam_training.fit.start import Start, start_of
from medsam_training.fit.strategy import count_weights, trained_network, trains_encoder
from medsam_training.fit.trainer import make_trainer
from medsam_training.prepared_set import PreparedSet


@dataclass(frozen=True, eq=False)
class Prepared:
    """All that a run needs but the loop.

    Attributes:
        config: of the run.
        start: what it starts from.
        network: with the method's parts, what trains marked.
        architecture: what its state dict is of.
        training, validation: slices.
    """

    config: FitConfig
    start: Start
    network: nn.Module
    architecture: Architecture
    training: SlicePool
    validation: SlicePool

    @classmethod
    def of(cls, config: FitConfig) -> Prepared:
        """Open the data and the starting checkpoint.

        Raises:
            MedSAMError: something of it cannot be used.
        """
        if not config.data_set or not config.out:
            missing = "out" if config.data_set else "data_set"
            raise OptionError(missing, "is not set", "give --data FOLDER and --out FOLDER")
        source = PreparedSet.open(config.data_set)
        start = start_of(config, label_names(source, config.data))
        network, architecture = trained_network(start, config.strategy, config.loop.seed)
        if count_weights(network)[0] == 0:
            raise OptionError("strategy", "nothing would train", "choose other components or another method")
        data, seed = config.data, config.loop.seed
        training = SlicePool.of(source, "train", data, data.shots, seed, start.class_names)
        validation = SlicePool.of(source, "val", data, data.validation_slices, seed, start.class_names)
        return cls(config, start, network, architecture, training, validation)

    def export(self, row: Row, path: Path, half: bool = False) -> Path:
        """Write the network's present weights."""
        header = header_of(self.config, self.start, self.network, self.training, row)
        return write_model(self.network, self.architecture, header, path, half)


def fit(config: FitConfig, resume: bool = False) -> RunFolder:
    """Train, until the epochs are over or validation has stopped rising.

    Args:
        config: the run.
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
    prepared = Prepared.of(config)
    if first:
        make_folder(folder.path)
        write_config(config, folder.config)
    with memory_errors(config):
        _Run(prepared, folder, console).go(checkpoint)
    return folder


class _Run:
    def __init__(self, prepared: Prepared, folder: RunFolder, console: Console) -> None:
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
        self.data = _data_of(prepared, self.progress.say)
        passes = self.data.passes_per_epoch(self.trainer.world_size)
        self.progress.steps = config.loop.epochs * passes // config.loop.accumulate
        self.module = _module_of(prepared, self.progress.steps)

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
            self.progress.say(
                f"every finished epoch is kept; go on with fit --resume --out {self.folder.path}"
            )
            raise KeyboardInterrupt from None
        if self.trainer.is_global_zero:
            self._finish()

    def _keep_best(self, row: Row) -> None:
        with self.average.shown(self.prepared.network):
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
                "model": self.folder.best.name,
            }
        )
        dice, start = best["validation_dice"], rows[0]["validation_dice"]
        worse = "" if dice > start else " (no epoch was better than the start)"
        self.progress.say(f"validation Dice from {start:.4f} to {dice:.4f}{worse}: {self.folder.best}")


def _module_of(prepared: Prepared, steps: int) -> SegmentationModule:
    start = prepared.start
    return SegmentationModule(
        prepared.network, prepared.config, start.preset, start.class_names, steps, start.origin
    )


def _data_of(prepared: Prepared, say: Callable[[str], None]) -> SliceData:
    config, network = prepared.config, prepared.network
    side = network.image_size if config.loss.at == "input" else network.low_resolution
    pools = (prepared.training, prepared.validation)
    return SliceData(config, prepared.start.preset, side, *pools, network, _stores_of(prepared), say)


def _stores_of(prepared: Prepared) -> tuple[EmbeddingStore, EmbeddingStore] | None:
    data, config = prepared.config.data, prepared.config
    possible = not (data.augment or data.float_resize or trains_encoder(prepared.network))
    if data.cache_embeddings == "always" and not possible:
        problem = "needs a frozen encoder, augment=false and float_resize=false"
        raise OptionError("data.cache_embeddings", problem, "set it to auto, or use preset decoder-only")
    if data.cache_embeddings == "never" or not possible:
        return None
    parent = Path(data.cache_folder or Path(config.out).parent / "embeddings")
    pools = (prepared.training, prepared.validation)
    training, validation = (
        store_of(parent, pool, prepared.network, prepared.start.preset, data.cache_type, data.cache_gb)
        for pool in pools
    )
    return training, validation
