"""A run from its first epoch to its last, whatever it learns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import lightning.pytorch as pl
import torch
from rich.console import Console
from torch import nn

from medsam_core.atomic_file import make_folder
from medsam_training.fit.average import WeightAverage
from medsam_training.fit.config import LoopConfig
from medsam_training.fit.config_file import write_config
from medsam_training.fit.history import History, Row
from medsam_training.fit.launcher import Launch
from medsam_training.fit.loader_processes import loader_errors, refuse_in_loader
from medsam_training.fit.measure import Measure
from medsam_training.fit.memory_advice import memory_errors
from medsam_training.fit.peak_memory import peak_memory_mb
from medsam_training.fit.progress import RunProgress
from medsam_training.fit.run_data import RunData
from medsam_training.fit.run_folder import RunFolder
from medsam_training.fit.sharding import is_sharded
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.fit.strategy import count_weights
from medsam_training.fit.time_limit import TimeLimit
from medsam_training.fit.trained_module import TrainedModule
from medsam_training.fit.trainer import make_trainer


class Learner(Protocol):
    """All that a run needs but the loop.

    Attributes:
        config: of the run.
        network: what trains is marked.
        training, validation: slices.
        goes_on_by: the command that goes on with the run.
    """

    config: Any  # a LoopConfig
    network: nn.Module
    training: SlicePool
    validation: SlicePool

    @property
    def goes_on_by(self) -> str: ...

    def export(self, row: Row, path: Path, half: bool = False) -> Path:
        """Write the network's present weights, those of the epoch of `row`."""


class Task(Protocol):
    """What is learned.

    Attributes:
        measure: what validation is judged by; the module logs it.
    """

    measure: Measure

    def module(self, learner: Any, steps: int) -> TrainedModule:
        """What Lightning trains; `steps` are those of the whole run."""

    def data(self, learner: Any, say: Callable[[str], None]) -> RunData:
        """What it trains it on; told what takes long."""

    def sheet(self, path: Path, average: WeightAverage) -> pl.Callback:
        """Draws, after each epoch, what the numbers look like."""


def run_epochs(
    task: Task, prepare: Callable[[], Learner], config: LoopConfig, resume: bool = False
) -> RunFolder:
    """Train, until the epochs are over or validation has stopped getting better.

    Args:
        task: what is learned.
        prepare: opens data and network, once the folder is known to be usable.
        config: of the run.
        resume: go on from the folder's last whole checkpoint; from the start where there is none.

    Returns:
        The run's folder.

    Raises:
        MedSAMError: something cannot be used, the loss diverged, or memory ran out.
        KeyboardInterrupt: somebody stopped it; how to go on has been told.
    """
    refuse_in_loader()
    folder, first = RunFolder(Path(config.out)), Launch.of(config.loop).is_first
    console = Console(stderr=True, quiet=not first)
    if resume and folder.is_complete(config.loop):
        console.print(f"{folder.path}: the run is complete already", highlight=False)
        return folder
    checkpoint = folder.checkpoint() if resume else None
    if first and not resume:
        folder.refuse_if_used()
    learner = prepare()
    try:
        if first:
            make_folder(folder.path)
            write_config(config, folder.config)
        with memory_errors(config), loader_errors():
            _Run(task, learner, folder, console).go(checkpoint)
    except KeyboardInterrupt:
        if folder.config.is_file():
            kept = f"every finished epoch is kept; go on with {learner.goes_on_by}"
            console.print(kept, highlight=False, markup=False, soft_wrap=True)
        raise
    return folder


class _Run:
    def __init__(self, task: Task, learner: Learner, folder: RunFolder, console: Console) -> None:
        config: LoopConfig = learner.config
        self.learner, self.folder, self.measure = learner, folder, task.measure
        self.average = WeightAverage(config.optimiser.average)
        self.progress = RunProgress(0, console, self.measure)
        pictures = config.loop.pictures
        self.history = History(folder, pictures, self.progress.say_row, self._keep_best, self.measure)
        limit = TimeLimit(config.loop.minutes)
        callbacks: list[pl.Callback] = [self.average, self.history, self.progress, limit]
        if pictures:
            callbacks.append(task.sheet(folder.samples, self.average))
        torch.manual_seed(config.loop.seed)
        self.trainer = make_trainer(config, folder, callbacks, self.measure)
        self.data = task.data(learner, self.progress.say)
        passes = self.data.passes_per_epoch(self.trainer.world_size)
        self.progress.steps = config.loop.epochs * passes // config.loop.accumulate
        self.module = task.module(learner, self.progress.steps)
        self.module.time_used = limit.share

    def go(self, checkpoint: Path | None) -> None:
        trained, total = count_weights(self.learner.network)
        counts = (
            f"{len(self.learner.training)} slices to learn from, {len(self.learner.validation)} to check on"
        )
        self.progress.say(f"{counts}; {trained:,} of {total:,} weights train")
        with _interrupts_of(self.trainer):
            self._learn(checkpoint)
        if self.trainer.is_global_zero:
            self._finish()

    def _learn(self, checkpoint: Path | None) -> None:
        if checkpoint is None:
            (result,) = self.trainer.validate(self.module, datamodule=self.data, verbose=False)
            value = result[self.measure.key]
            self.history.add_start(value)
            self.progress.say(f"before training: {self.measure.label} {value:.4f}")
        else:
            self.progress.say(f"going on from {checkpoint}")
        self.trainer.fit(self.module, datamodule=self.data, ckpt_path=checkpoint)

    def _keep_best(self, row: Row) -> None:
        """The first process writes; where weights are spread over them, the others have to help it."""
        network = self.learner.network
        with self.average.shown(network):
            if self.trainer.is_global_zero or is_sharded(network):
                self.learner.export(row, self.folder.best)

    def _finish(self) -> None:
        rows, best, measure = self.history.rows, self.history.best, self.measure
        start = rows[0][measure.key]
        trained, total = count_weights(self.learner.network)
        self.folder.write_summary(
            {
                "best": best,
                f"start_{measure.key.removeprefix('validation_')}": start,
                "epochs": rows[-1]["epoch"],
                "epochs_asked": self.learner.config.loop.epochs,
                "minutes_asked": self.learner.config.loop.minutes,
                "stopped_early": rows[-1]["epoch"] < self.learner.config.loop.epochs,
                "seconds": round(sum(row["seconds"] for row in rows), 1),
                "trained_weights": trained,
                "weights": total,
                "peak_memory_mb": peak_memory_mb(self.trainer.strategy.root_device),
                "model": self.folder.best.name,
            }
        )
        end = best[measure.key]
        worse = "" if measure.is_better(end, start) else " (no epoch was better than the start)"
        self.progress.say(f"{measure.label} from {start:.4f} to {end:.4f}{worse}: {self.folder.best}")


@contextmanager
def _interrupts_of(trainer: pl.Trainer) -> Iterator[None]:
    """Give back the KeyboardInterrupt that Lightning makes a SystemExit of.

    While the loaders are begun it stumbles over what is not there yet, and tells that instead.
    """
    try:
        yield
    except SystemExit:
        if not trainer.interrupted:
            raise
        raise KeyboardInterrupt from None
    except RuntimeError as error:
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        raise KeyboardInterrupt from None
