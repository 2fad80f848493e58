"""Learning in the frame of the prompt: on the grid that the demo decoder lays over it."""

from __future__ import annotations

import torch
from torch import Tensor

from medsam_core.errors import OptionError
from medsam_core.models.demo import DemoNetwork
from medsam_core.models.demo_region import cell_centres, paste, region_of, sample
from medsam_core.models.network import PromptTensors
from medsam_training.fit.examples import Example
from medsam_training.fit.losses import best_alternative, score_loss
from medsam_training.fit.segmentation_module import SegmentationModule, prompts_of


class RegionModule(SegmentationModule):
    """A demo network whose masks are compared on the grid that its decoder lays over a prompt."""

    network: DemoNetwork

    def training_step(self, batch: Example, batch_index: int) -> Tensor:
        """The mean loss of the first answer and of those after corrective clicks."""
        features, prompts = self._features(batch), prompts_of(batch)
        truth = batch["truth"].flatten(0, 1)[:, None].float()
        rounds = int(batch["corrections"][0])
        losses = []
        for correction in range(rounds + 1):
            loss, answer = self._learned(features, prompts, truth)
            losses.append(loss)
            if correction < rounds:
                prompts = self._corrected(prompts, answer, truth)
        loss = torch.stack(losses).mean()
        self.log("train_loss", loss, on_step=False, on_epoch=True, sync_dist=True, batch_size=len(truth))
        return loss

    def _learned(
        self, features: tuple[Tensor, ...], prompts: PromptTensors, truth: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The loss of an answer, and its first mask's logits (n, 1, low, low) without gradient."""
        network = self.network
        region = region_of(
            prompts.points_xy, prompts.labels, network.image_size, network.config.region_margin
        )
        logits, scores = network.decoder(features, prompts, region)
        cells = cell_centres(region, network.config.region_size)
        loss = self._region_loss(logits, scores, sample(truth, cells, network.image_size))
        answer = paste(logits[:, :1].detach().float(), region, network.image_size, network.low_resolution)
        return loss, answer

    def _region_loss(self, logits: Tensor, scores: Tensor, truth: Tensor) -> Tensor:
        settings = self.run.loss
        loss = self.loss(logits[:, :1], truth)
        if settings.alternatives:
            loss = loss + settings.alternatives * self.loss(best_alternative(logits[:, 1:], truth), truth)
        if settings.score_weight:
            loss = loss + settings.score_weight * score_loss(scores, logits, truth)
        return loss


def check_region(network: torch.nn.Module, at: str) -> None:
    """See that a run which learns in the frame of its prompts has a network with such a frame.

    Raises:
        OptionError: it has not.
    """
    if at == "region" and not isinstance(network, DemoNetwork):
        raise OptionError("loss.at", "only the demo network has a region", "use low or input")
