"""What a slice view is to draw of a session's work that is not written yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.interaction.cut_mask import cut_mask
from medsam_core.interaction.slice_place import SlicePlace
from medsam_core.slice_grid import SliceGrid

if TYPE_CHECKING:
    from medsam_core.session.run_state import Run
    from medsam_core.session.segment_run import SegmentRun
    from medsam_core.session.session import Session
    from medsam_core.session.slice_result import SliceResult

    Found = tuple[dict[int, SliceResult], SliceGrid]


@dataclass(frozen=True, eq=False)
class ShownMask:
    """A mask of the slice on show.

    Attributes:
        segment_id: of the segment that it is for.
        mask_yx: (y, x) bool.
    """

    segment_id: str
    mask_yx: np.ndarray


class Showing:
    """Reads a session for the views.

    Args:
        session: of the open volume; None without one.
    """

    def __init__(self, session: Callable[[], Session | None]) -> None:
        self._session = session

    @property
    def run(self) -> Run | None:
        """The newest propagation under way or waiting to be written; corrections do not count."""
        session = self._session()
        runs = [] if session is None else [run for run in session.runs if run.around is None]
        return runs[-1] if runs else None

    @property
    def strip(self) -> SegmentRun | None:
        """The selected segment's propagation: the one under way or waiting, else the one written last."""
        session, run = self._session(), self.run
        if session is None or session.selected is None:
            return None if run is None else next(iter(run.segments.values()))
        if run is not None:
            return run.segments.get(session.selected) or next(iter(run.segments.values()))
        return session.written_run(session.selected)

    @property
    def corrects(self) -> bool:
        """Whether what is marked would mend a slice of a propagation that is done, written or not."""
        session, run = self._session(), self.run
        marked = None if session is None else session.marked
        if session is None or marked is None or (run is not None and not run.is_held):
            return False
        held = None if run is None else run.segments.get(marked.segment_id)
        base = held or session.written_run(marked.segment_id)
        if base is None or marked.grid.plane_key(0) != base.grid.plane_key(0):
            return False
        # What was written is mended where it was; a box far from it is another part of the segment.
        is_near = held is not None or marked.index in base.slices
        return is_near and marked.index not in base.anchors

    def masks_on(self, place: SlicePlace | None) -> list[ShownMask]:
        """The masks of the slice on show, one for each segment: the preview, else what was found there.

        A view across the slices of a propagation shows it too, cut along the view.
        """
        session = self._session()
        if session is None or place is None:
            return []
        masks: dict[str, ShownMask] = {}
        preview = session.preview
        if preview is not None and place.shows(preview.prompt.grid, preview.prompt.index):
            masks[preview.prompt.segment_id] = ShownMask(preview.prompt.segment_id, preview.mask_yx)
        for segment_id, found in _found(session).items():
            mask_yx = _on_place(*found, place)
            if mask_yx is not None and segment_id not in masks:
                masks[segment_id] = ShownMask(segment_id, mask_yx)
        return list(masks.values())

    def number_on(self, place: SlicePlace | None) -> str:
        """How sure the preview is, for the slice that it lies on; else nothing."""
        session = self._session()
        preview = None if session is None else session.preview
        if preview is None or place is None or not place.shows(preview.prompt.grid, preview.prompt.index):
            return ""
        return f"{preview.confidence:.2f}"


def _found(session: Session) -> dict[str, Found]:
    """Segment id -> slices that are not written yet, those of a correction before what they are to mend."""
    found: dict[str, Found] = {}
    for run in session.runs:
        grid = run.subject.grid
        for segment_id, segment in run.segments.items():
            before, of_grid = found.get(segment_id, ({}, grid))
            is_same = of_grid.plane_key(0) == grid.plane_key(0)
            found[segment_id] = ({**before, **segment.slices} if is_same else dict(segment.slices), grid)
    return found


def _on_place(slices: dict[int, SliceResult], grid: SliceGrid, place: SlicePlace) -> np.ndarray | None:
    """The mask on a view's slice; None if there is nothing."""
    if place.shows(grid, place.index):
        result = slices.get(place.index)
        return None if result is None else result.mask_yx(grid.shape_yx)
    if place.is_along(grid):
        return None
    mask_yx = cut_mask(slices, grid, place)
    return mask_yx if mask_yx.any() else None
