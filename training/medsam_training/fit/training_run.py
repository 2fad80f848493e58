"""A run that learns to segment, whatever network it trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from medsam_core.inference.presets import Preset
from medsam_training.fit.average import WeightAverage
from medsam_training.fit.config import RunConfig
from medsam_training.fit.data_module import SliceData
from medsam_training.fit.embedding_store import EmbeddingStore
from medsam_training.fit.epoch_loop import Learner, run_epochs
from medsam_training.fit.measure import VALIDATION_DICE
from medsam_training.fit.region_module import RegionModule, check_region
from medsam_training.fit.run_folder import RunFolder
from medsam_training.fit.samples import SampleSheet
from medsam_training.fit.segmentation_module import SegmentationModule


class Trainable(Learner, Protocol):
    """A `PromptableNetwork` and its data, ready to train.

    Attributes:
        config: of the run.
        preset: how the network wants its images and gives its masks.
        class_names: of a multi-class run, background first; empty otherwise.
        origin: where the starting weights came from.
        moves_statistics: running statistics of batches move while it trains.
    """

    config: RunConfig

    @property
    def preset(self) -> Preset: ...

    @property
    def class_names(self) -> tuple[str, ...]: ...

    @property
    def origin(self) -> str: ...

    @property
    def moves_statistics(self) -> bool: ...

    def stores(self) -> tuple[EmbeddingStore, EmbeddingStore] | None:
        """Where the embeddings of both pools are kept, if they are."""


class Segmentation:
    """The task: prompts and slices in, masks out."""

    measure = VALIDATION_DICE

    def module(self, learner: Trainable, steps: int) -> SegmentationModule:
        """See `epoch_loop.Task`."""
        return module_of(learner, steps)

    def data(self, learner: Trainable, say: Callable[[str], None]) -> SliceData:
        """See `epoch_loop.Task`."""
        return data_of(learner, say)

    def sheet(self, path: Path, average: WeightAverage) -> SampleSheet:
        """See `epoch_loop.Task`."""
        return SampleSheet(path, average)


def train(prepare: Callable[[], Trainable], config: RunConfig, resume: bool = False) -> RunFolder:
    """Learn to segment: see `epoch_loop.run_epochs`."""
    return run_epochs(Segmentation(), prepare, config, resume)


def module_of(prepared: Trainable, steps: int) -> SegmentationModule:
    """What Lightning trains; `steps` are those of the whole run."""
    at = prepared.config.loss.at
    check_region(prepared.network, at)
    kind = RegionModule if at == "region" else SegmentationModule
    return kind(
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
