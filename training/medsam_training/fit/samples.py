"""Validation slices with true and present outlines: what the numbers look like."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch.utils.data import default_collate

from medsam_core.atomic_file import atomic_output
from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.postprocess import masks_from_logits
from medsam_training.fit.average import WeightAverage
from medsam_training.fit.examples import ValidationExamples
from medsam_training.fit.segmentation_module import SegmentationModule, output_rule
from medsam_training.fit.sharding import is_sharded

COLUMNS, MOST = 4, 8
_TRUTH, _ANSWER = "#56b4e9", "#e69f00"


class SampleSheet(pl.Callback):
    """Redraws the sheet at the end of each epoch.

    Args:
        path: the PNG.
        average: whose weights are shown.
    """

    def __init__(self, path: Path, average: WeightAverage) -> None:
        self.path, self.average = path, average

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The first process draws; where weights are spread over them, the others have to help it."""
        if trainer.is_global_zero or is_sharded(pl_module.network):
            path = self.path if trainer.is_global_zero else None
            with self.average.shown(pl_module.network):
                draw_samples(pl_module, trainer.val_dataloaders.dataset, path)


def draw_samples(module: SegmentationModule, examples: ValidationExamples, path: Path | None) -> None:
    """Draw up to `MOST` slices, spread over the validation set; None for `path` writes nothing."""
    count = min(MOST, len(examples))
    rows = -(-count // COLUMNS)
    figure = Figure(figsize=(3 * COLUMNS, 3 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle("truth dashed blue, the network's answer orange", fontsize=8)
    for number in range(count):
        place = number * len(examples) // count
        axes = figure.add_subplot(rows, COLUMNS, number + 1)
        _draw(axes, module, examples, place)
    if path is None:
        return
    with atomic_output(path, overwrite=True) as temporary:
        figure.savefig(temporary, format="png", dpi=90)


@torch.no_grad()
def _draw(axes: Axes, module: SegmentationModule, examples: ValidationExamples, place: int) -> None:
    example = examples[place]
    batch = {name: tensor.to(module.device) for name, tensor in default_collate([example]).items()}
    logits, _ = module(batch)
    truth = example["full"].numpy()
    frame = ImageFrame.of(truth.shape[1:], module.preset)
    rule = output_rule(module.preset, module.class_names)
    masks = masks_from_logits(logits.float().cpu().numpy(), frame, rule)
    answer = masks.masks if masks.class_labels is None else masks.class_labels
    axes.imshow(examples.pool.image_yx(place), cmap="gray")
    for true, found in zip(truth, answer, strict=True):
        _outline(axes, true, _TRUTH, "--")
        _outline(axes, found, _ANSWER, "-")
    axes.set_title(examples.pool.refs[place].case_id, fontsize=7)
    axes.set_axis_off()


def _outline(axes: Axes, labels_yx: np.ndarray, colour: str, style: str) -> None:
    for number in np.unique(labels_yx[labels_yx > 0]):
        axes.contour(labels_yx == number, levels=[0.5], colors=[colour], linestyles=[style], linewidths=1)
