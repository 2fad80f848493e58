"""A box on one slice, made to reach through others."""

from __future__ import annotations

from medsam_core.errors import PromptError
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.session.live_prompt import LivePrompt


def box_through(marked: LivePrompt | None, first: int, last: int) -> SegmentPrompt:
    """What is marked, its box on all slices from one to another; what strategy `roi` starts from.

    Args:
        marked: box and clicks on one slice.
        first, last: numbers of slices of its grid, in any order; kept to the slices that there are.

    Returns:
        Prompts of a segment (of any name and label), in the pixels (x, y, n) of the grid.

    Raises:
        PromptError: there is no box.
    """
    if marked is None or marked.box_xyxy is None:
        raise PromptError("propagation within a box", "there is no box", "drag one in a slice")
    low, high = sorted(min(max(number, 0), marked.grid.count - 1) for number in (first, last))
    x0, y0, x1, y1 = marked.box_xyxy
    segment = marked.segment()
    return SegmentPrompt(segment.name, segment.label, (Box((x0, y0, low), (x1, y1, high)),), segment.points)
