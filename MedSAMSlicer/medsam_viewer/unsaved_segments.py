"""Which segments would be lost with the open volume."""

from __future__ import annotations

import numpy as np

from medsam_core.mrml.labelmap_grid import values_of
from medsam_core.mrml.segment_layers import SegmentLayers
from medsam_viewer.open_volume import OpenVolume

Stamp = tuple[int, int]
"""When a labelmap changed, in Slicer's count that never repeats, and the segment's number in it."""


class UnsavedSegments:
    """Compares segments with what they were when they were saved, or read from a file.

    Segments that share a labelmap count as changed together.
    """

    def __init__(self) -> None:
        self._safe: dict[str, Stamp] = {}

    def now_safe(self, opened: OpenVolume) -> None:
        """All segments are in a file as they are."""
        self._safe = _stamps(opened)

    def ids(self, opened: OpenVolume) -> list[str]:
        """The filled segments that are in no file as they are."""
        now = _stamps(opened)
        return [segment_id for segment_id, stamp in now.items() if self._safe.get(segment_id) != stamp]


def _stamps(opened: OpenVolume) -> dict[str, Stamp]:
    found = {}
    for layer in SegmentLayers(opened.segmentation).all:
        filled = set(np.unique(values_of(layer.image)[1]).tolist())
        found |= {one: (layer.image.GetMTime(), n) for one, n in layer.labels.items() if n in filled}
    return found
