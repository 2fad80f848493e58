"""Where a picture lies on the network's square input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medsam_core.inference.presets import Coordinates, Fit, Preset

_TO_OUTER_EDGES = np.array([[0.0], [1.0]])


@dataclass(frozen=True)
class ImageFrame:
    """The way between a picture's pixels and the network's.

    Attributes:
        size_yx: rows and columns of the picture.
        resized_yx: rows and columns that it takes, top left, of the input; the rest is padding.
        image_size: side in pixels of the input.
    """

    size_yx: tuple[int, int]
    resized_yx: tuple[int, int]
    image_size: int

    @classmethod
    def of(cls, size_yx: tuple[int, int], preset: Preset) -> ImageFrame:
        """The frame of a picture of `size_yx` under a preset."""
        size, (height, width) = preset.image_size, size_yx
        if preset.fit is Fit.SQUASH:
            return cls((height, width), (size, size), size)
        scale = size / max(height, width)
        # A strip of 1 x 2000 would vanish under the published rounding.
        resized = tuple(max(1, int(side * scale + 0.5)) for side in (height, width))
        return cls((height, width), resized, size)

    @property
    def is_padded(self) -> bool:
        """Whether a part of the input is padding."""
        return self.resized_yx != (self.image_size, self.image_size)

    def points_to_input(self, points_xy: np.ndarray, rule: Coordinates = Coordinates.INDICES) -> np.ndarray:
        """Map (..., 2) pixel positions (x, y) of the picture to the input's, float64."""
        points = np.asarray(points_xy, np.float64)
        if rule is Coordinates.EDGES:
            return np.clip((points + 0.5) * self._scale_xy, 0, self.image_size)
        return points * self._scale_xy

    def boxes_to_input(self, boxes_xyxy: np.ndarray, rule: Coordinates = Coordinates.INDICES) -> np.ndarray:
        """Map (n, 4) boxes (x0, y0, x1, y1), corners inclusive, of the picture to the input's, float64."""
        corners = np.asarray(boxes_xyxy, np.float64).reshape(-1, 2, 2)
        if rule is Coordinates.TRUNCATED:
            # LiteMedSAM scales both axes by the longest side's factor.
            corners = np.trunc(corners * (self.image_size / max(self.size_yx)))
        elif rule is Coordinates.EDGES:
            corners = np.clip((corners + _TO_OUTER_EDGES) * self._scale_xy, 0, self.image_size)
        else:
            corners = corners * self._scale_xy
        return corners.reshape(-1, 4)

    @property
    def _scale_xy(self) -> np.ndarray:
        return np.array([self.resized_yx[1] / self.size_yx[1], self.resized_yx[0] / self.size_yx[0]])
