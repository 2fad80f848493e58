"""Laying a slice on the network's square canvas: turned, cropped, zoomed, stretched."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from medsam_training.fit.mixture.labelled_slice import LabelledSlice

_PLAIN = 0.4  # of views: as at inference, but for flips and quarter turns
_TURNED = 0.6  # of the others
_TURN = 25.0  # degrees, standard deviation
_STRETCH = 0.12  # of the logarithm of each axis
_ZOOMS = (0.7, 2.2)


@dataclass(frozen=True, eq=False)
class View:
    """How a slice is looked at.

    Attributes:
        matrix: (2, 3), canvas pixel to source pixel, (x, y), edges at whole numbers.
        canvas: side in pixels of the canvas.
    """

    matrix: np.ndarray
    canvas: int

    @classmethod
    def random(cls, rng: np.random.Generator, cut: LabelledSlice, canvas: int) -> View:
        """A view of a slice; one that zooms in aims at an object, or it might be empty."""
        height, width = cut.labels_yx.shape
        linear = _flip_and_turn(rng)
        scale = max(height, width) / canvas
        middle = np.array([width / 2, height / 2])
        if rng.random() < _PLAIN:
            return cls(_about(linear * scale, middle, canvas), canvas)
        angle = math.radians(rng.normal(0, _TURN)) if rng.random() < _TURNED else 0.0
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        stretch = np.diag(np.exp(rng.normal(0, _STRETCH, 2)))
        zoom = math.exp(rng.uniform(*np.log(_ZOOMS)))
        if zoom > 1.0:
            middle = _somewhere_labelled(rng, cut.labels_yx) * 0.8 + middle * 0.2
        return cls(_about(turn @ stretch @ linear * (scale / zoom), middle, canvas), canvas)

    @property
    def pixel(self) -> float:
        """Side of a source pixel on the canvas."""
        return float(abs(np.linalg.det(self.matrix[:, :2])) ** -0.5)

    def seen(self, shape_yx: tuple[int, int]) -> np.ndarray:
        """(canvas, canvas) bool: where a source of this shape has pixels."""
        x, y = self._source_xy()
        return (x >= 0) & (x < shape_yx[1]) & (y >= 0) & (y < shape_yx[0])

    def labels(self, labels_yx: np.ndarray) -> np.ndarray:
        """(canvas, canvas) labels, by the nearest pixel; 0 where the source has none."""
        x, y = self._source_xy()
        height, width = labels_yx.shape
        rows = np.clip(y, 0, height - 1).astype(np.intp)
        columns = np.clip(x, 0, width - 1).astype(np.intp)
        return np.where(self.seen((height, width)), labels_yx[rows, columns], 0)

    def image(self, image: np.ndarray) -> np.ndarray:
        """(3, canvas, canvas) float32 in 0..255, of (y, x) or (y, x, 3); 0 where the source has nothing."""
        height, width = image.shape[:2]
        x, y = self._source_xy()
        grid = torch.from_numpy(np.stack([x * (2 / width) - 1, y * (2 / height) - 1], -1)[None]).float()
        planes = torch.from_numpy(np.atleast_3d(image)).permute(2, 0, 1)[None].float()
        shown = F.grid_sample(planes, grid, padding_mode="border", align_corners=False)[0].numpy()
        shown = shown * self.seen((height, width))
        return np.repeat(shown, 3, 0) if shown.shape[0] == 1 else shown

    def _source_xy(self) -> tuple[np.ndarray, np.ndarray]:
        steps = np.arange(self.canvas) + 0.5
        x, y = steps[None, :], steps[:, None]
        m = self.matrix
        return m[0, 0] * x + m[0, 1] * y + m[0, 2], m[1, 0] * x + m[1, 1] * y + m[1, 2]


def _flip_and_turn(rng: np.random.Generator) -> np.ndarray:
    linear = np.diag([1.0 if rng.random() < 0.5 else -1.0, 1.0 if rng.random() < 0.7 else -1.0])
    return linear @ np.array([[0.0, -1.0], [1.0, 0.0]]) if rng.random() < 0.4 else linear


def _about(linear: np.ndarray, centre_xy: np.ndarray, canvas: int) -> np.ndarray:
    middle = np.array([canvas / 2, canvas / 2])
    return np.concatenate([linear, (centre_xy - linear @ middle)[:, None]], 1)


def _somewhere_labelled(rng: np.random.Generator, labels_yx: np.ndarray) -> np.ndarray:
    where = np.flatnonzero(labels_yx)
    if where.size == 0:
        return np.array(labels_yx.shape[::-1]) / 2
    y, x = divmod(int(rng.choice(where)), labels_yx.shape[1])
    return np.array([x + 0.5, y + 0.5])
