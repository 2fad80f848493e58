"""What a propagation is said to do, in the user's words."""

from __future__ import annotations

from medsam_core.geometry import Geometry
from medsam_core.interaction.slice_words import slice_words
from medsam_core.session.run_state import Phase, Run
from medsam_core.session.segment_run import SegmentRun

STRATEGY_NAMES = {
    "roi": "Within the box",
    "track": "Follow the shape",
    "anchors": "Between accepted slices",
    "consensus": "Three directions",
}


def run_text(run: Run) -> str:
    """One line: how far it is, or what it found."""
    if run.phase is Phase.RUNNING:
        return f"{run.done} of at most {run.expected} slices"
    found = sum(bool(result.area) for one in run.segments.values() for result in one.slices.values())
    if run.phase is Phase.CANCELLED:
        return f"cancelled; {_slices(found)} done"
    if run.phase is Phase.FAILED:
        return f"it failed; {_slices(found)} done"
    return f"found on {_slices(found)}; not written yet"


def written_text(segment: SegmentRun) -> str:
    """One line on a propagation that was written: what can still be done with it."""
    found = sum(bool(result.area) for result in segment.slices.values())
    return f"written on {_slices(found)}; a box on one that is not right corrects it"


def _slices(count: int) -> str:
    return "1 slice" if count == 1 else f"{count} slices"


def stop_texts(segment: SegmentRun, geometry: Geometry | None = None) -> list[str]:
    """Where it ended by itself, and why.

    Args:
        segment: the propagation of a segment.
        geometry: of the volume, to tell the places in mm; None where slices are only counted.
    """
    if geometry is None:
        return [f"stopped {s.direction} at slice {s.index + 1}: {s.reason}" for s in segment.stops]
    places = [slice_words(stop.index, segment.grid, geometry) for stop in segment.stops]
    return [f"stopped at {place}: {s.reason}" for place, s in zip(places, segment.stops, strict=True)]
