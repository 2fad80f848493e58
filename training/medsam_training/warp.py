"""Laying a slice on the network's square canvas: as at inference, or turned, cropped and zoomed."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from medsam_training.slices import Slice


def plain_matrix(shape_yx: tuple[int, int], canvas: int) -> np.ndarray:
    """(2, 3) canvas pixel -> source pixel (x, y, edges at whole numbers): longest side fitted."""
    scale = max(shape_yx) / canvas
    return np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0]])


def random_matrix(rng: np.random.Generator, cut: Slice, canvas: int) -> np.ndarray:
    """A random view: plain but for flips and quarter turns (40 %), or turned, zoomed and stretched."""
    height, width = cut.labels_yx.shape
    linear = _flip_and_turn(rng)
    scale = max(height, width) / canvas
    if rng.random() < 0.4:
        return _about(linear * scale, (width / 2, height / 2), canvas)
    angle = math.radians(rng.normal(0, 25)) if rng.random() < 0.6 else 0.0
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    stretch = np.diag(np.exp(rng.normal(0, 0.12, 2)))
    zoom = math.exp(rng.uniform(math.log(0.7), math.log(2.2)))
    centre = np.array([width / 2, height / 2])
    if zoom > 1.0:  # aim at an object, or the view may be empty
        centre = _somewhere_labelled(rng, cut) * 0.8 + centre * 0.2
    return _about(turn @ stretch @ linear * (scale / zoom), centre, canvas)


def _flip_and_turn(rng: np.random.Generator) -> np.ndarray:
    linear = np.diag([1.0 if rng.random() < 0.5 else -1.0, 1.0 if rng.random() < 0.7 else -1.0])
    return linear @ np.array([[0.0, -1.0], [1.0, 0.0]]) if rng.random() < 0.4 else linear


def _about(linear: np.ndarray, centre_xy: np.ndarray, canvas: int) -> np.ndarray:
    middle = np.array([canvas / 2, canvas / 2])
    return np.concatenate([linear, (np.asarray(centre_xy) - linear @ middle)[:, None]], 1)


def _somewhere_labelled(rng: np.random.Generator, cut: Slice) -> np.ndarray:
    where = np.flatnonzero(cut.labels_yx)
    if where.size == 0:
        return np.array(cut.labels_yx.shape[::-1]) / 2
    y, x = divmod(int(rng.choice(where)), cut.labels_yx.shape[1])
    return np.array([x + 0.5, y + 0.5])


def warped(cut: Slice, matrix: np.ndarray, canvas: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The slice seen through the matrix.

    Returns:
        image (3, canvas, canvas) float32 in 0..255, labels (canvas, canvas) uint16, and seen (canvas, canvas)
        bool: False where the source has no pixel.
    """
    height, width = cut.labels_yx.shape
    steps = np.arange(canvas) + 0.5
    x, y = np.meshgrid(steps, steps)
    source_x = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    source_y = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
    seen = (source_x >= 0) & (source_x < width) & (source_y >= 0) & (source_y < height)
    grid = torch.from_numpy(
        np.stack([source_x * (2 / width) - 1, source_y * (2 / height) - 1], -1)[None]
    ).float()
    image = torch.from_numpy(np.atleast_3d(cut.image_yx).astype(np.float32)).permute(2, 0, 1)[None]
    image = F.grid_sample(image, grid, padding_mode="border", align_corners=False)[0].numpy() * seen
    column = np.clip(source_x, 0, width - 1).astype(np.intp)
    row = np.clip(source_y, 0, height - 1).astype(np.intp)
    labels = np.where(seen, cut.labels_yx[row, column], 0).astype(np.uint16)
    return (np.repeat(image, 3, 0) if image.shape[0] == 1 else image), labels, seen


def mosaic(cuts: list[Slice]) -> Slice:
    """Four slices as one, two by two, cropped to their common size: small objects from small images."""
    height = min(c.labels_yx.shape[0] for c in cuts)
    width = min(c.labels_yx.shape[1] for c in cuts)
    step = max(int(c.labels_yx.max()) for c in cuts) + 1
    images = [c.image_yx[:height, :width] for c in cuts]
    labels = []
    for number, cut in enumerate(cuts):  # labels of different tiles must stay different objects
        tile = cut.labels_yx[:height, :width].astype(np.int64)
        labels.append(np.where(tile > 0, tile + number * step, 0).astype(np.uint16))
    image = np.concatenate([np.concatenate(images[:2], 1), np.concatenate(images[2:], 1)], 0)
    label = np.concatenate([np.concatenate(labels[:2], 1), np.concatenate(labels[2:], 1)], 0)
    return Slice(image, label, cuts[0].key + "/mosaic")
