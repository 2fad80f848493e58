"""A slice with its labels, as examples are made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F


@dataclass(frozen=True, eq=False)
class LabelledSlice:
    """One 2D image with its labels.

    Attributes:
        image: uint8, (y, x) or (y, x, 3).
        labels_yx: (y, x) uint8 or uint16, 0 is background.
        instances: label numbers are objects of one kind, not classes.
    """

    image: np.ndarray
    labels_yx: np.ndarray
    instances: bool = False


def shrunk(cut: LabelledSlice, longest: int) -> LabelledSlice:
    """The slice with its longest side at most `longest` pixels: image antialiased, labels nearest."""
    height, width = cut.labels_yx.shape
    scale = longest / max(height, width)
    if scale >= 1.0:
        return cut
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    image = torch.from_numpy(np.atleast_3d(cut.image)).permute(2, 0, 1)[None].float()
    image = F.interpolate(image, size, mode="bilinear", antialias=True, align_corners=False)
    image = image[0].permute(1, 2, 0).round().clamp(0, 255).numpy().astype(np.uint8)
    rows, columns = (_nearest(old, new) for old, new in zip((height, width), size, strict=True))
    image = image[..., 0] if cut.image.ndim == 2 else image
    return LabelledSlice(image, cut.labels_yx[np.ix_(rows, columns)], cut.instances)


def _nearest(length: int, samples: int) -> np.ndarray:
    return np.minimum((np.arange(samples) + 0.5) * length / samples, length - 1).astype(np.intp)


def mosaic(cuts: list[LabelledSlice]) -> LabelledSlice:
    """Four slices as one, two by two, cropped to their common size: small objects from small images."""
    height = min(cut.labels_yx.shape[0] for cut in cuts)
    width = min(cut.labels_yx.shape[1] for cut in cuts)
    step = max(int(cut.labels_yx.max()) for cut in cuts) + 1
    images = [cut.image[:height, :width] for cut in cuts]
    labels = []
    for number, cut in enumerate(cuts):  # labels of different tiles must stay different objects
        tile = cut.labels_yx[:height, :width].astype(np.uint16)
        labels.append(np.where(tile > 0, tile + number * step, 0).astype(np.uint16))
    return LabelledSlice(_two_by_two(images), _two_by_two(labels), cuts[0].instances)


def _two_by_two(tiles: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.concatenate(tiles[:2], 1), np.concatenate(tiles[2:], 1)], 0)
