"""What every way of carrying a prompt through a volume has in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from medsam_core.prompts import SegmentPrompt
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.segmentation_result import StopRecord

if TYPE_CHECKING:
    from medsam_core.propagation.slice_predictor import SlicePredictor

Step = SliceMask | StopRecord


class Propagation(Protocol):
    """A strategy: yields a `SliceMask` for each slice as it is done and a `StopRecord` where it ends.

    Nothing is held back to the end, so that a face can show what is done and cancel between two slices:
    closing the generator ends the work.
    """

    name: str

    def run(self, segment: SegmentPrompt, slices: SlicePredictor) -> Iterator[Step]:
        """Carry the prompts of one segment through `slices`."""

    def expected_slices(self, segment: SegmentPrompt, count: int) -> int:
        """At most how many slices of `count` the run will visit, for a progress bar."""
