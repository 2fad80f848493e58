"""How sure each slice of a propagation is, as a row of coloured cells."""

from __future__ import annotations

import math
from itertools import pairwise

from medsam_core.geometry import Geometry
from medsam_core.interaction.slice_words import slice_words
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.slice_result import SliceResult

# Dark blue over grey to yellow, even steps of lightness: told apart by every kind of colour vision (the idea
# of "cividis", Nuñez et al., PLoS ONE 2018). Yellow is where a look is wanted.
RAMP = (
    (1.0, (0x23, 0x4A, 0x86)),
    (0.85, (0x5B, 0x74, 0x8F)),
    (0.6, (0xB3, 0xA0, 0x68)),
    (0.0, (0xFF, 0xE0, 0x3B)),
)
RAMP_CSS = "linear-gradient(90deg, #ffe03b, #b3a068, #5b748f, #234a86)"
EMPTY = "#232a32"
UNKNOWN = "#4a545f"


def ramp_colour(confidence: float) -> str:
    """The colour of a confidence 0..1, as the page takes it."""
    value = min(max(confidence, 0.0), 1.0)
    for (high, upper), (low, lower) in pairwise(RAMP):
        if value >= low:
            part = (value - low) / (high - low)
            mixed = (round(b + (a - b) * part) for a, b in zip(upper, lower, strict=True))
            return "#" + "".join(f"{channel:02x}" for channel in mixed)
    return EMPTY


def strip_cells(segment: SegmentRun, geometry: Geometry | None = None) -> list[dict[str, object]]:
    """A cell for each slice from the first that is done to the last.

    Args:
        segment: the propagation of a segment.
        geometry: of the volume, to tell the places in mm; None where slices are only counted.
    """
    if not segment.slices:
        return []
    return [_cell(segment, index, geometry) for index in range(min(segment.slices), max(segment.slices) + 1)]


def _cell(segment: SegmentRun, index: int, geometry: Geometry | None) -> dict[str, object]:
    done, place = segment.slices.get(index), slice_words(index, segment.grid, geometry)
    if done is None:
        return {"index": index, "colour": EMPTY, "text": f"{place}: not done yet"}
    told = ", marked by you" if index in segment.anchors else ""
    what, colour = _said(done)
    return {"index": index, "colour": colour, "text": f"{place}: {what}{told}"}


def _said(done: SliceResult) -> tuple[str, str]:
    if not done.area:
        return "nothing here", EMPTY
    if math.isnan(done.confidence):
        return "as it was saved", UNKNOWN
    return f"confidence {done.confidence:.2f}", ramp_colour(done.confidence)
