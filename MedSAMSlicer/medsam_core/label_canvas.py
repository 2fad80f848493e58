"""Labels being painted slice by slice, in whatever orientation the slices lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_pile import SlicePile
from medsam_core.slice_resampling import paste_slices

if TYPE_CHECKING:
    from medsam_core.propagation.slice_mask import SliceMask


@dataclass(eq=False)
class LabelCanvas:
    """Labels on a volume's voxels, and the probability with which each voxel was won.

    Args:
        geometry: of the volume.
        grid: the slices that will be painted.
        labels: the number of each segment.
    """

    geometry: Geometry
    grid: SliceGrid
    labels: tuple[int, ...]
    labels_kji: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shape = self.geometry.shape_kji
        self.labels_kji = np.zeros(shape, np.uint8 if max(self.labels) < 256 else np.uint16)
        # Who wins a voxel needs no more than 8 bits of its probability.
        self._won_kji = np.zeros(shape, np.uint8)
        self._place_of = np.zeros(max(self.labels) + 1, np.int32)
        self._place_of[list(self.labels)] = np.arange(len(self.labels))
        self._piles = [SlicePile(self.grid) for _ in self.labels]

    def paint(self, place: int, mask: SliceMask) -> None:
        """Give pixels of a slice to a segment where none is more probable (a tie: the one named first)."""
        if self.grid.is_native:
            self._award(place, (slice(mask.index, mask.index + 1),), mask.field_yx[None])
        else:
            self._piles[place].add(mask.index, mask.field_yx)

    def finish(self) -> np.ndarray:
        """(k, j, i) uint8 or uint16 labels; slices of other orientations are brought onto the voxels now."""
        for place, pile in enumerate(self._piles):
            for part, first, values_nyx in pile.runs():
                start, block = paste_slices(part, first, values_nyx, self.geometry.size_ijk)
                where = tuple(slice(s, s + n) for s, n in zip(start, block.shape, strict=True))
                self._award(place, where, block)
        return self.labels_kji

    def _award(self, place: int, where: tuple[slice, ...], values: np.ndarray) -> None:
        score = np.clip(np.rint(values * 255), 1, 255).astype(np.uint8)
        won = self._won_kji[where]
        tie = (score == won) & (self._place_of[self.labels_kji[where]] > place)
        wins = (values >= 0.5) & ((score > won) | tie)
        self.labels_kji[where][wins] = self.labels[place]
        self._won_kji[where][wins] = score[wins]
