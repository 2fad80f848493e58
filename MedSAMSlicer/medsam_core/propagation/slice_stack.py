"""A volume as the model sees it: a pile of 8-bit slices under one intensity window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medsam_core.intensity import IntensityWindow
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_resampling import cut_slice
from medsam_core.volume import Volume


@dataclass(frozen=True, eq=False)
class SliceStack:
    """Slices of a volume, cut and scaled one at a time; the volume is not touched.

    Args:
        volume: the image.
        window: maps its values to 8 bits.
        grid: how the slices lie; None for the volume's own (along its first array axis).
    """

    volume: Volume
    window: IntensityWindow
    grid: SliceGrid = None  # type: ignore[assignment] - never None once made

    def __post_init__(self) -> None:
        if self.grid is None:
            object.__setattr__(self, "grid", SliceGrid.along(self.volume.geometry))

    @property
    def count(self) -> int:
        """Number of slices."""
        return self.grid.count

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns of a slice."""
        return self.grid.shape_yx

    def image(self, index: int) -> np.ndarray:
        """The slice as uint8, (y, x) or (y, x, c); black beyond the volume."""
        return self.window.apply(cut_slice(self.volume.array_kji, self.grid, index, self._black))

    @property
    def _black(self) -> float:
        return self.window.stretch_low
