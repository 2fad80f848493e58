"""From what a user chose beside "through the volume" to the prompts that a propagation takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medsam_core.errors import PromptError
from medsam_core.interaction.segment_masks import masks_on_slices
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.slice_grid import SliceGrid

if TYPE_CHECKING:
    from medsam_core.session.segment_writer import SegmentWriter
    from medsam_core.session.session import Session


@dataclass(frozen=True)
class Carry:
    """What is to be carried, and how.

    Attributes:
        strategy: name of a strategy.
        from_segment: start from the selected segment as it is, instead of from what is marked.
        reach: slices each way from the marked one that "roi" works on.
    """

    strategy: str = "track"
    from_segment: bool = False
    reach: int = 10


@dataclass(frozen=True, eq=False)
class Carried:
    """What `Session.propagate` takes; both None for what is marked or was accepted last."""

    prompts: dict[str, SegmentPrompt] | None = None
    grid: SliceGrid | None = None


def prompts_of(carry: Carry, session: Session, writer: SegmentWriter) -> Carried:
    """The prompts for a session's selected segment.

    Raises:
        PromptError: nothing is marked, or the segment is empty.
    """
    if carry.from_segment:
        return _segment_as_it_is(carry, session, writer)
    if carry.strategy != "roi":
        return Carried()
    marked = session.marked
    if marked is None or marked.box_xyxy is None:
        raise PromptError("propagation", "there is no box", "draw one")
    first, last = max(marked.index - carry.reach, 0), min(marked.index + carry.reach, marked.grid.count - 1)
    x0, y0, x1, y1 = marked.box_xyxy
    prompt = replace(marked.segment(), boxes=(Box((x0, y0, first), (x1, y1, last)),))
    return Carried({marked.segment_id: prompt}, marked.grid)


def _segment_as_it_is(carry: Carry, session: Session, writer: SegmentWriter) -> Carried:
    segment_id, grid = session.selected, session.grid
    masks = () if segment_id is None or grid is None else masks_on_slices(writer.read(segment_id), grid)
    if segment_id is None or grid is None or not masks:
        raise PromptError("segment", "is empty", "draw a box, or select another segment")
    if carry.strategy == "roi":
        return Carried({segment_id: SegmentPrompt("segment", 1, (_box_around(masks, grid),))}, grid)
    return Carried({segment_id: SegmentPrompt("segment", 1, masks=masks)}, grid)


def _box_around(masks: tuple[MaskPrompt, ...], grid: SliceGrid) -> Box:
    """At least two pixels wide and high, as boxes have to be."""
    low = [min(mask.corner_ij[axis] for mask in masks) for axis in (0, 1)]
    high = [max(mask.corner_ij[axis] + mask.size_ij[axis] - 1 for mask in masks) for axis in (0, 1)]
    for axis in (0, 1):
        if low[axis] == high[axis]:
            low[axis], high[axis] = max(low[axis] - 1, 0), min(high[axis] + 1, grid.size_xyn[axis] - 1)
    numbers = [mask.k for mask in masks]
    return Box((*low, min(numbers)), (*high, max(numbers)))  # type: ignore[arg-type]
