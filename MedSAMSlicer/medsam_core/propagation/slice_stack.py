"""A volume as the model sees it: a pile of 8-bit slices under one intensity window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medsam_core.intensity import IntensityWindow
from medsam_core.volume import Volume


@dataclass(frozen=True)
class SliceStack:
    """The slices of a volume along its first array axis, scaled one at a time; the volume is not touched."""

    volume: Volume
    window: IntensityWindow

    @property
    def count(self) -> int:
        """Number of slices."""
        return self.volume.array_kji.shape[0]

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns of a slice."""
        return self.volume.array_kji.shape[1:3]

    def image(self, index: int) -> np.ndarray:
        """The slice as uint8, (y, x) or (y, x, c)."""
        return self.window.apply(self.volume.slice_yx(index))
