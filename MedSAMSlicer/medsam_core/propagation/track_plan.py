"""Where `track` starts, and how far each run may go."""

from __future__ import annotations

from dataclasses import dataclass

from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.propagation.slice_prompt import BoxXYXY, Click, SlicePrompt, middle_slice, prompts_by_slice


@dataclass(frozen=True)
class Start:
    """A prompted slice, and the slices that the runs from it may reach.

    Attributes:
        index: the slice.
        prompts: what prompts it.
        first, last: the farthest slices down and up.
        below, above: what ends the run there, in plain words; None where the next run takes over.
        box_xyxy: the cross-section of the 3D box that bounds the run, if one does.
    """

    index: int
    prompts: list[SlicePrompt]
    first: int
    last: int
    below: str | None
    above: str | None
    box_xyxy: BoxXYXY | None


@dataclass(frozen=True)
class TrackPlan:
    """All starts of a segment, lowest first.

    Attributes:
        refused: negative clicks of slices where no run starts: slice number -> clicks.
    """

    starts: tuple[Start, ...]
    refused: dict[int, tuple[Click, ...]]


def plan_track(segment: SegmentPrompt, count: int) -> TrackPlan:
    """Plan the runs of a segment through `count` slices."""
    indices = _start_indices(segment)
    prompts = prompts_by_slice(segment)
    starts = []
    for place, index in enumerate(indices):
        first, last, below, above, box = _bounds(segment, index, count)
        if place and (indices[place - 1] + index) // 2 + 1 > first:
            first, below = (indices[place - 1] + index) // 2 + 1, None
        if place + 1 < len(indices) and (index + indices[place + 1]) // 2 < last:
            last, above = (index + indices[place + 1]) // 2, None
        starts.append(Start(index, prompts[index], first, last, below, above, box))
    return TrackPlan(tuple(starts), _refused(segment))


def _start_indices(segment: SegmentPrompt) -> list[int]:
    marked = {b.min_ijk[2] for b in segment.boxes if len(b.slices_k) == 1}
    marked |= {p.ijk[2] for p in segment.points if p.positive} | {mask.k for mask in segment.masks}
    middles = {middle_slice(b) for b in _solid(segment) if not marked.intersection(b.slices_k)}
    return sorted(marked | middles)


def _bounds(segment: SegmentPrompt, index: int, count: int) -> tuple[int, int, str, str, BoxXYXY | None]:
    around = [b for b in _solid(segment) if index in b.slices_k]
    if not around:
        return 0, count - 1, "the volume ends", "the volume ends", None
    low = [min(b.min_ijk[axis] for b in around) for axis in range(3)]
    high = [max(b.max_ijk[axis] for b in around) for axis in range(3)]
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return low[2], high[2], "the 3D box ends", "the 3D box ends", box


def _solid(segment: SegmentPrompt) -> list[Box]:
    return [b for b in segment.boxes if len(b.slices_k) > 1]


def _refused(segment: SegmentPrompt) -> dict[int, tuple[Click, ...]]:
    refused: dict[int, tuple[Click, ...]] = {}
    for point in segment.points:
        if not point.positive:
            click = ((float(point.ijk[0]), float(point.ijk[1])), False)
            refused[point.ijk[2]] = (*refused.get(point.ijk[2], ()), click)
    return refused
