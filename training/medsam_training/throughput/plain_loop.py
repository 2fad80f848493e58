"""The steps of MedSAM's published training script, one after the other, as plainly as they stand there.

A picture is decoded from PNG, a label is drawn, its box widened by 0 to 20 of 1024 pixels; segment-anything's
own modules in float32, attention written out; Dice and cross-entropy at the input's size; AdamW. (Source:
bowang-lab/MedSAM, its one-GPU training script, as facts. That one loads arrays of the same size in place of
pictures.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import monai.losses
import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.preprocess import prepare_image
from medsam_core.inference.presets import Preset
from medsam_core.models.architecture import Architecture
from medsam_core.models.registry import build_network
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.fit.truth import truth_on

_WIDEST, _OF = 20, 1024


@dataclass(frozen=True)
class Picture:
    """A slice at the network's input size, and its labels, as PNG files."""

    image: Path
    labels: Path


def write_pictures(pool: SlicePool, preset: Preset, folder: Path) -> list[Picture]:
    """Write every slice of a pool as the published preprocessing leaves it, ready to be read and used."""
    pictures = []
    for place in range(len(pool)):
        picture = Picture(folder / f"{place}.png", folder / f"{place}.labels.png")
        labels = pool.labels_yx(place)
        frame = ImageFrame.of(labels.shape, preset)
        image = prepare_image(pool.image_yx(place), preset).transpose(1, 2, 0)
        Image.fromarray((image * 255 + 0.5).astype(np.uint8)).save(picture.image)
        truth = truth_on(labels, frame, preset.image_size).astype(np.uint8)
        Image.fromarray(truth).save(picture.labels)
        pictures.append(picture)
    return pictures


class PlainLoop:
    """A network that learns step by step.

    Args:
        architecture: of a SAM with a ViT; its weights are drawn.
        pictures: what it learns from, in turn.
        batch: of one step.
        encoder_learns: else only the mask decoder does, and nothing of the encoder is kept from step to step.
        device: where it computes.
    """

    def __init__(
        self,
        architecture: Architecture,
        pictures: Sequence[Picture],
        batch: int,
        encoder_learns: bool,
        device: torch.device,
    ) -> None:
        self.network = build_network(architecture).to(device).requires_grad_(False)
        self.pictures, self.batch, self.device = pictures, batch, device
        self.encoder_learns = encoder_learns
        trained = [self.network.mask_decoder, *([self.network.image_encoder] if encoder_learns else [])]
        for part in trained:
            part.requires_grad_(True)
        parameters = [p for part in trained for p in part.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0.01)
        self.dice = monai.losses.DiceLoss(sigmoid=True, squared_pred=True, reduction="mean")
        self.entropy = nn.BCEWithLogitsLoss(reduction="mean")
        self.steps, self._rng = 0, np.random.default_rng(0)

    def step(self) -> float:
        """Learn from the next pictures; returns the loss."""
        first = self.steps * self.batch
        chosen = [self.pictures[(first + n) % len(self.pictures)] for n in range(self.batch)]
        images, boxes, truth = (torch.stack(column) for column in zip(*map(self._read, chosen), strict=True))
        self.optimiser.zero_grad()
        with torch.set_grad_enabled(self.encoder_learns):
            embedding = self.network.image_encoder(images.to(self.device))
        logits = self._decode(embedding, boxes.to(self.device))
        truth = truth.to(self.device)
        loss = self.dice(logits, truth) + self.entropy(logits, truth)
        loss.backward()
        self.optimiser.step()
        self.steps += 1
        return loss.item()

    def _read(self, picture: Picture) -> tuple[Tensor, Tensor, Tensor]:
        image = np.array(Image.open(picture.image), np.float32) / 255
        labels = np.array(Image.open(picture.labels))
        mask = labels == self._rng.choice(np.unique(labels[labels > 0]))
        rows, columns = np.nonzero(mask)
        side = labels.shape[0]
        shift = self._rng.integers(0, _WIDEST * side // _OF + 1, 4)
        box = np.array([columns.min(), rows.min(), columns.max(), rows.max()]) + shift * (-1, -1, 1, 1)
        box = np.clip(box, 0, side).astype(np.float32)
        return (
            torch.from_numpy(image.transpose(2, 0, 1)),
            torch.from_numpy(box),
            torch.from_numpy(mask[None].astype(np.float32)),
        )

    def _decode(self, embedding: Tensor, boxes: Tensor) -> Tensor:
        """One image at a time: the package's decoder repeats the embedding for every prompt."""
        prompts, decoder = self.network.prompt_encoder, self.network.mask_decoder
        rows = []
        for number, box in enumerate(boxes):
            with torch.no_grad():
                sparse, dense = prompts(points=None, boxes=box[None], masks=None)
            low, _ = decoder(
                image_embeddings=embedding[number : number + 1],
                image_pe=prompts.get_dense_pe(),
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=False,
            )
            rows.append(low)
        side = self.network.image_size
        return functional.interpolate(
            torch.cat(rows), size=(side, side), mode="bilinear", align_corners=False
        )
