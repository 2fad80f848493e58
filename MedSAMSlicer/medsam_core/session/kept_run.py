"""A propagation of which a journal is left, and what became of its voxels."""

from __future__ import annotations

from collections.abc import Sequence

from medsam_core.journal_entry import JournalEntry
from medsam_core.session.carried_prompts import is_of_one_slice
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.segment_state import Deed, SegmentState

_SLICE_OPTION = "around"


def run_in(entries: Sequence[JournalEntry]) -> JournalEntry | None:
    """The one propagation of a journal; None if there is none, or more: their voxels are not told apart."""
    runs = [entry for entry in entries if entry.mode == "add" and not is_of_one_slice(entry)]
    if len(runs) != 1 or entries.index(runs[0]) > _first_correction(entries):
        return None
    plane = runs[0].slices.plane_key(0)
    corrections = [entry for entry in entries if entry.mode == "replace"]
    return runs[0] if all(one.slices.plane_key(0) == plane for one in corrections) else None


def answered_for(entries: Sequence[JournalEntry], run: JournalEntry) -> frozenset[int]:
    """Slices of a run that a person marked or corrected, apart from those that it began with."""
    plane = run.slices.plane_key(0)
    same = [entry for entry in entries if entry.slices.plane_key(0) == plane]
    marked = {k for one in same if is_of_one_slice(one) for box in one.prompt.boxes for k in box.slices_k}
    marked |= {point.ijk[2] for one in same if is_of_one_slice(one) for point in one.prompt.points}
    corrected = {one.options.get(_SLICE_OPTION) for one in same if one.mode == "replace"}
    return frozenset(marked | {n for n in corrected if isinstance(n, int)})


def state_with(entries: Sequence[JournalEntry], run: SegmentRun) -> SegmentState:
    """What was done to a segment, its propagation and the corrections of it with their slices.

    Args:
        entries: of the segment's journal.
        run: the slices as they are now, of what `run_in` gave.
    """
    first = entries.index(found) if (found := run_in(entries)) else len(entries)
    return SegmentState(tuple(_deed(entry, n - first, run) for n, entry in enumerate(entries)))


def _deed(entry: JournalEntry, since: int, run: SegmentRun) -> Deed:
    is_correction = since > 0 and entry.mode == "replace"
    return Deed((entry,), run=run if since == 0 or is_correction else None, is_correction=is_correction)


def _first_correction(entries: Sequence[JournalEntry]) -> int:
    return next((n for n, entry in enumerate(entries) if entry.mode == "replace"), len(entries))
