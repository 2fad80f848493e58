"""Validation images: what was shown, what was painted, what is true."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl
import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor
from torch.utils.data import default_collate

from medsam_core.atomic_file import atomic_output
from medsam_training.fit.average import WeightAverage
from medsam_training.fit.sharding import is_sharded
from medsam_training.pretrain.examples import ValidationImages
from medsam_training.pretrain.hidden_squares import enlarged
from medsam_training.pretrain.painting_loss import square_statistics
from medsam_training.pretrain.painting_module import PaintingModule

MOST = 5
_TITLES = ("shown", "painted", "true")


class PaintingSheet(pl.Callback):
    """Redraws the sheet at the end of each epoch.

    Args:
        path: the PNG.
        average: whose weights paint.
    """

    def __init__(self, path: Path, average: WeightAverage) -> None:
        self.path, self.average = path, average

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The first process draws; where weights are spread over them, the others have to help it."""
        if trainer.is_global_zero or is_sharded(pl_module.network):
            with self.average.shown(pl_module.network):
                rows = paintings(pl_module, trainer.val_dataloaders.dataset)
            if trainer.is_global_zero:
                draw_paintings(rows, self.path)


@torch.no_grad()
def paintings(module: PaintingModule, examples: ValidationImages) -> list[tuple[np.ndarray, ...]]:
    """Up to `MOST` images, spread over the validation set: shown, painted, true, each (S, S, 3) in 0..1."""
    count = min(MOST, len(examples))
    rows = []
    for number in range(count):
        example = default_collate([examples[number * len(examples) // count]])
        batch = {name: tensor.to(module.device) for name, tensor in example.items()}
        painted = _as_pixels(module(batch).float(), batch["image"], module)
        rows.append(_pictures(batch["image"], painted, batch["hidden"]))
    return rows


def draw_paintings(rows: list[tuple[np.ndarray, ...]], path: Path) -> None:
    """Write them as PNG, an image to a row; `path` is replaced."""
    figure = Figure(figsize=(7.5, 2.5 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(rows), len(_TITLES), squeeze=False)
    for line, pictures in zip(axes, rows, strict=True):
        for place, title, picture in zip(line, _TITLES, pictures, strict=True):
            place.imshow(picture)
            place.set_title(title, fontsize=8)
            place.set_axis_off()
    with atomic_output(path, overwrite=True) as temporary:
        figure.savefig(temporary, format="png", dpi=90)


def _as_pixels(painted: Tensor, images: Tensor, module: PaintingModule) -> Tensor:
    masking = module.run.masking
    if masking.target == "pixels":
        return painted
    mean, spread = square_statistics(images.float(), masking.patch)  # the answer knows no more than the shape
    return painted * spread + mean


def _pictures(image: Tensor, painted: Tensor, hidden: Tensor) -> tuple[np.ndarray, ...]:
    covered = enlarged(hidden, image.shape[-1])[:, None]
    low, high = image.min(), image.max()
    shades = [
        torch.where(covered, low + (high - low) / 2, image),
        torch.where(covered, painted, image),
        image,
    ]
    scaled = (((shade - low) / (high - low).clamp(min=1e-6)).clamp(0, 1) for shade in shades)
    return tuple(shade[0].permute(1, 2, 0).cpu().numpy() for shade in scaled)
