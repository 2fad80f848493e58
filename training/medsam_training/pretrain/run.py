"""A pretraining, from its configuration to an encoder that fine-tuning starts from."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from medsam_core.checkpoints.own import OwnHeader, write_own
from medsam_core.errors import OptionError
from medsam_core.models.fused_encoder import fuse_attention
from medsam_core.models.sam import SamNetwork
from medsam_training.fit.average import WeightAverage
from medsam_training.fit.config import FitConfig, Strategy
from medsam_training.fit.epoch_loop import run_epochs
from medsam_training.fit.history import Row
from medsam_training.fit.run import open_data
from medsam_training.fit.run_folder import RunFolder
from medsam_training.fit.sharding import check_sharding, gathered_state, is_sharded, network_with
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.fit.start import Start, start_of
from medsam_training.pretrain.config import PretrainConfig
from medsam_training.pretrain.hidden_squares import check_patch
from medsam_training.pretrain.image_data import ImageData
from medsam_training.pretrain.masked_model import MaskedImageModel, token_pixels
from medsam_training.pretrain.painting_module import VALIDATION_LOSS, PaintingModule
from medsam_training.pretrain.painting_sheet import PaintingSheet

_ENCODER = "image_encoder."


@dataclass(frozen=True, eq=False)
class Pretraining:
    """An encoder, what paints behind it, and images.

    Attributes:
        config: of the run.
        start: the whole network; its encoder is the one that learns.
        network: the encoder with its painting head.
        training, validation: slices.
    """

    config: PretrainConfig
    start: Start
    network: MaskedImageModel
    training: SlicePool
    validation: SlicePool

    @classmethod
    def of(cls, config: PretrainConfig) -> Pretraining:
        """Open the data and the starting network.

        Raises:
            MedSAMError: something of it cannot be used.
        """
        source = open_data(config)
        start = start_of(_as_fit(config), ())
        _check(config, start)
        with torch.random.fork_rng():
            torch.manual_seed(config.loop.seed)  # every process draws the same head
            network = MaskedImageModel(fuse_attention(start.network).image_encoder, start.architecture)
        network.requires_grad_(True)
        data, seed = config.data, config.loop.seed
        training, validation = (
            SlicePool.of_images(source, split, data.modalities, most, seed)
            for split, most in (("train", data.slices), ("val", data.validation_slices))
        )
        return cls(config, start, network, training, validation)

    @property
    def goes_on_by(self) -> str:
        """See `epoch_loop.Learner`."""
        return f"medsam-train pretrain --resume --out {shlex.quote(self.config.out)}"

    def export(self, row: Row, path: Path, half: bool = False) -> Path:
        """Write the whole network, so that it can be a start; all but its encoder is as it was.

        Where weights are spread over processes, all of them call this and the first one writes.
        """
        network = self.start.network
        if is_sharded(self.network):
            state = gathered_state(self.network)
            if not state:
                return path
            network = self._network_with(state)
        return write_own(network, path, self._header(row), half=half, overwrite=True)

    def _network_with(self, gathered: dict[str, Any]) -> SamNetwork:
        others = {n: t for n, t in self.start.network.state_dict().items() if not n.startswith(_ENCODER)}
        encoder = {name: tensor for name, tensor in gathered.items() if name.startswith(_ENCODER)}
        return network_with(self.start.architecture, others | encoder)

    def _header(self, row: Row) -> OwnHeader:
        start, config, source = self.start, self.config, self.training.source
        cases = {ref.case_id: source.case(ref.case_id) for ref in self.training.refs}
        masking = config.masking
        squares = f"{masking.ratio:g} of squares of {masking.patch} pixels hidden"
        facts = {
            "method": f"masked image modelling of the encoder, {squares}",
            "decoder": "as it was in the start: fine-tune before use",
            "started_from": start.origin,
            "sets": sorted({case.set_name for case in cases.values()}),
            "cases": len(cases),
            "slices": len(self.training),
            "all_may_train_shipped_weights": all(case.may_train for case in cases.values()),
            "validation_loss": round(row[VALIDATION_LOSS.key], 5),
            "epochs": int(row["epoch"]),
            "steps": int(row["steps"]),
            "seed": config.loop.seed,
            "data_fingerprint": source.fingerprint,
        }
        return OwnHeader(
            name=config.name,
            architecture=start.architecture,
            preset=start.preset.name,
            licence=config.licence,
            training=facts,
        )


class Painting:
    """The task: images with holes in, whole images out."""

    measure = VALIDATION_LOSS

    def module(self, learner: Pretraining, steps: int) -> PaintingModule:
        """See `epoch_loop.Task`."""
        return PaintingModule(learner.network, learner.config, steps, learner.start.origin)

    def data(self, learner: Pretraining, say: Callable[[str], None]) -> ImageData:
        """See `epoch_loop.Task`."""
        return ImageData(learner.config, learner.start.preset, learner.training, learner.validation)

    def sheet(self, path: Path, average: WeightAverage) -> PaintingSheet:
        """See `epoch_loop.Task`."""
        return PaintingSheet(path, average)


def pretrain(config: PretrainConfig, resume: bool = False) -> RunFolder:
    """Learn from images alone: see `epoch_loop.run_epochs`."""
    return run_epochs(Painting(), lambda: Pretraining.of(config), config, resume)


def _as_fit(config: PretrainConfig) -> FitConfig:
    """What decides the start, in the words of fine-tuning."""
    wanted = config.encoder
    strategy = Strategy(
        backbone=wanted.backbone,
        start=wanted.start,
        base=wanted.base,
        preset=wanted.preset,
        image_size=wanted.image_size,
    )
    return FitConfig(strategy=strategy, loop=config.loop)


def _check(config: PretrainConfig, start: Start) -> None:
    architecture = start.architecture
    if architecture.family == "demo":
        problem = "the demo network's encoder has three outputs, and nothing here paints from them"
        raise OptionError("encoder", problem, "use a SAM: vit_b, vit_l, vit_h or vit_t")
    if architecture.peft is not None:
        problem = f"the starting checkpoint has {architecture.peft.kind} parts"
        raise OptionError("encoder.start", problem, "start from plain weights")
    check_patch(config.masking.patch, architecture.image_size, token_pixels(architecture))
    check_sharding(config.loop, architecture)
