"""One step of learning, one of validation: what Lightning's loop calls."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from monai.metrics import compute_dice
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics import MeanMetric

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.postprocess import masks_from_logits
from medsam_core.inference.presets import OutputRule, Preset
from medsam_core.models.network import PromptTensors
from medsam_training.fit.config import RunConfig
from medsam_training.fit.correction import corrected
from medsam_training.fit.examples import Example
from medsam_training.fit.losses import make_loss, score_loss
from medsam_training.fit.strategy import trains_encoder
from medsam_training.fit.trained_module import TrainedModule


class SegmentationModule(TrainedModule):
    """A network with its loss and optimiser.

    Args:
        network: whose `requires_grad` says what trains.
        config: of the run.
        preset: how the network wants its images and gives its masks.
        class_names: of a multi-class run, background first; empty otherwise.
        steps: optimiser steps of the whole run.
        origin: where the starting weights came from; a resumed run must start from the same.
        moves_statistics: running statistics of batches (a TinyViT's) move while the encoder trains.
    """

    def __init__(
        self,
        network: nn.Module,
        config: RunConfig,
        preset: Preset,
        class_names: tuple[str, ...],
        steps: int,
        origin: str,
        moves_statistics: bool = False,
    ) -> None:
        super().__init__(network, config, steps, origin, moves_statistics and trains_encoder(network))
        self.preset, self.class_names = preset, class_names
        self.loss = make_loss(config.loss.name, config.loss.options, bool(class_names))
        self.encoder_trains = trains_encoder(network)
        self.validation_dice = MeanMetric()

    def forward(self, example: Example) -> tuple[Tensor, Tensor]:
        """(n, m, low, low) logits and (n, m) scores of a batch, without corrections."""
        return self._decode(self._features(example), prompts_of(example))

    def training_step(self, batch: Example, batch_index: int) -> Tensor:
        """The mean loss of the first answer and of those after corrective clicks."""
        features, prompts = self._features(batch), prompts_of(batch)
        truth = batch["truth"].flatten(0, 1)[:, None].float()
        rounds = int(batch["corrections"][0])
        losses = []
        for correction in range(rounds + 1):
            logits, scores = self._decode(features, prompts)
            losses.append(self._loss(logits, scores, truth))
            if correction < rounds:
                prompts = self._corrected(prompts, logits, truth)
        loss = torch.stack(losses).mean()
        self.log("train_loss", loss, on_step=False, on_epoch=True, sync_dist=True, batch_size=len(truth))
        return loss

    def validation_step(self, batch: Example, batch_index: int) -> None:
        """Dice of the foreground at the slice's own resolution, by the preset's own output rule."""
        logits, _ = self(batch)
        if not batch["counts"].item():
            return
        full = batch["full"][0].cpu().numpy()
        frame = ImageFrame.of(full.shape[1:], self.preset)
        answer = masks_from_logits(
            logits.float().cpu().numpy(), frame, output_rule(self.preset, self.class_names)
        )
        if self.class_names:
            dice = _class_dice(answer.class_labels, full, len(self.class_names))
        else:
            dice = _dice(answer.masks, full > 0)
        self.validation_dice.update(dice.to(self.device))

    def on_validation_epoch_end(self) -> None:
        """The mean over all objects of all processes."""
        self.log("validation_dice", self.validation_dice.compute())
        self.validation_dice.reset()

    def _features(self, batch: Example) -> tuple[Tensor, ...]:
        if "feature0" in batch:
            count = sum(name.startswith("feature") for name in batch)
            return tuple(batch[f"feature{n}"] for n in range(count))
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.encoder_trains):
            return tuple(self.network.encode(batch["image"]))

    def _decode(self, features: tuple[Tensor, ...], prompts: PromptTensors) -> tuple[Tensor, Tensor]:
        per_image = len(prompts.labels) // len(features[0])
        shown = tuple(feature.float().repeat_interleave(per_image, 0) for feature in features)
        if not getattr(self.network, "decodes_in_fp32", True):
            return self.network.decode(shown, prompts)
        with torch.autocast(self.device.type, enabled=False):  # positions of prompts do not survive 8 bits
            return self.network.decode(shown, prompts)

    def _loss(self, logits: Tensor, scores: Tensor, truth: Tensor) -> Tensor:
        if self.class_names:
            logits = logits[:, self.preset.output.first_class or 0 :]
        if logits.shape[-1] != truth.shape[-1]:
            size = truth.shape[-2:]
            logits = functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
        loss = self.loss(logits, truth)
        if self.run.loss.score_weight:
            loss = loss + self.run.loss.score_weight * score_loss(scores, logits, truth)
        return loss

    def _corrected(self, prompts: PromptTensors, logits: Tensor, truth: Tensor) -> PromptTensors:
        side = logits.shape[-1]
        truth = truth if truth.shape[-1] == side else functional.interpolate(truth, size=(side, side))
        return corrected(
            prompts,
            logits[:, :1],
            truth,
            self.network.image_size,
            self.preset.coordinates,
            self.run.prompts.previous_mask,
        )


def output_rule(preset: Preset, class_names: tuple[str, ...]) -> OutputRule:
    """As `inference.predictor` reads it: a multi-class network's tokens are classes under any preset."""
    if class_names and preset.output.first_class is None:
        return dataclasses.replace(preset.output, first_class=0)
    return preset.output


def prompts_of(batch: Example) -> PromptTensors:
    """The prompts of a batch, those of an image one after another."""
    return PromptTensors(batch["points_xy"].flatten(0, 1), batch["labels"].flatten(0, 1))


def _dice(answer: np.ndarray, truth: np.ndarray) -> Tensor:
    """(n,) from (n, y, x) bool each."""
    pair = (torch.from_numpy(np.ascontiguousarray(mask))[:, None] for mask in (answer, truth))
    return compute_dice(*pair, ignore_empty=False)[:, 0]


def _class_dice(answer: np.ndarray, truth: np.ndarray, classes: int) -> Tensor:
    """Of every foreground class that is in the answer or in the truth; (1, y, x) numbers each."""
    present = [n for n in range(1, classes) if (answer == n).any() or (truth == n).any()]
    both = (np.stack([labels[0] == n for n in present]) for labels in (answer, truth))
    return _dice(*both) if present else torch.ones(1)
