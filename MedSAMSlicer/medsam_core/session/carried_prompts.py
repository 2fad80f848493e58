"""Which prompts a propagation starts from, if the user says no more than "through the volume"."""

from __future__ import annotations

from medsam_core.errors import PromptError
from medsam_core.journal_entry import JournalEntry
from medsam_core.prompts import SegmentPrompt
from medsam_core.session.live_prompt import LivePrompt
from medsam_core.session.segment_state import SegmentState
from medsam_core.slice_grid import SliceGrid

STARTS_FROM_ALL = ("anchors",)
"""Strategies that go between prompted slices; the others start from one."""


def prompts_to_carry(
    strategy: str, marked: LivePrompt | None, state: SegmentState
) -> tuple[SegmentPrompt, SliceGrid]:
    """What is marked now, else what was accepted last; for `anchors` both, and all that was accepted before.

    Args:
        strategy: its name.
        marked: what is marked for the segment and not accepted yet.
        state: what was accepted on single slices.

    Returns:
        The prompts, and the slices they lie on.

    Raises:
        PromptError: there are none.
    """
    accepted = [entry for deed in state.deeds for entry in deed.entries if is_of_one_slice(entry)]
    live = [marked] if marked is not None and marked.is_askable else []
    if not live and not accepted:
        raise PromptError("propagation", "nothing is marked", "draw a box or click")
    grid = live[0].grid if live else accepted[-1].slices
    parts = [entry.prompt for entry in accepted if entry.slices.plane_key(0) == grid.plane_key(0)]
    parts += [prompt.segment() for prompt in live]
    return _united(parts if strategy in STARTS_FROM_ALL else parts[-1:]), grid


def is_of_one_slice(entry: JournalEntry) -> bool:
    """Whether an entry is a prompt that was accepted on a single slice."""
    single = all(len(box.slices_k) == 1 for box in entry.prompt.boxes)
    return single and entry.propagation == "roi" and entry.mode == "add" and not entry.prompt.masks


def _united(parts: list[SegmentPrompt]) -> SegmentPrompt:
    boxes = dict.fromkeys(box for part in parts for box in part.boxes)
    points = dict.fromkeys(point for part in parts for point in part.points)
    return SegmentPrompt(parts[-1].name, parts[-1].label, tuple(boxes), tuple(points))
