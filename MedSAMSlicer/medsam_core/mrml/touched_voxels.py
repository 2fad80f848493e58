"""Which segment has which of the voxels that a change touches: compared before and after."""

from __future__ import annotations

import numpy as np

from medsam_core.mrml.segment_change import SegmentChange
from medsam_core.mrml.segment_layers import SegmentLayers


class TouchedVoxels:
    """The voxels of a change, in memory's order.

    Args:
        change: what will happen, or has.
        layers: the segmentation's, now.
    """

    def __init__(self, change: SegmentChange, layers: SegmentLayers) -> None:
        touched = change.touched_kji
        self.count = int(np.count_nonzero(touched))
        self._owned: dict[str, np.ndarray] = {}
        for layer in layers.all if self.count else ():
            values = layer.block(change.grid, change.start_kji, touched.shape)[touched]
            for segment_id, label in layer.labels.items():
                mask = values == label
                if mask.any():
                    self._owned[segment_id] = mask

    def of(self, segment_id: str) -> np.ndarray:
        """(n,) bool: whether a segment has them."""
        return self._owned.get(segment_id, np.zeros(self.count, bool))

    def differences(self, later: TouchedVoxels) -> dict[str, int]:
        """Segment id -> voxels that came or went since, of every segment that changed."""
        seen = dict.fromkeys((*self._owned, *later._owned))
        counts = {one: int(np.count_nonzero(self.of(one) != later.of(one))) for one in seen}
        return {one: count for one, count in counts.items() if count}
