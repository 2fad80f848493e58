"""What every way of carrying a prompt through a volume has in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from ..prompts import SegmentPrompt
from ..segmentation_result import StopRecord
from .slice_mask import SliceMask

if TYPE_CHECKING:
    from .slice_predictor import SlicePredictor

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
