"""Which deeds are the same thing done better, and which run is the last."""

from __future__ import annotations

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.session.live_prompt import LivePrompt
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.segment_state import Deed, SegmentState
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch

GEOMETRY = Geometry((40, 30, 5), np.eye(4))
GRID = SliceGrid.along(GEOMETRY)


def a_deed(x: int, index: int = 2, grid: SliceGrid = GRID, width: int = 10) -> Deed:
    """A block 10 high and `width` wide that begins at column x."""
    prompt = LivePrompt.of("s", grid, index, (x, 5, x + width, 15))
    return Deed((), prompt, VoxelPatch((index, 5, x), np.ones((1, 10, width), bool)))


def a_run() -> SegmentRun:
    return SegmentRun.begin("s", SegmentPrompt("s", 1, (Box((1, 1, 1), (5, 5, 1)),)), GRID)


def test_what_overlaps_by_more_than_half_of_the_smaller_is_the_same_object() -> None:
    one = a_deed(5)
    state = SegmentState((one,))
    for x, same in ((5, True), (9, True), (10, False), (20, False)):
        other = a_deed(x)
        assert (state.same_object(other.prompt, other.patch) is one) is same, x
    inside = a_deed(6, width=3)
    assert state.same_object(inside.prompt, inside.patch) is one


def test_another_slice_or_orientation_is_another_thing() -> None:
    state = SegmentState((a_deed(5),))
    above = a_deed(5, index=3)
    assert state.same_object(above.prompt, above.patch) is None
    front = LivePrompt.of("s", SliceGrid.along(GEOMETRY, "j"), 2, (5, 0, 15, 4))
    assert state.same_object(front, a_deed(5).patch) is None


def test_the_latest_of_several_is_meant() -> None:
    first, second = a_deed(5), a_deed(6)
    other = a_deed(7)
    assert SegmentState((first, second)).same_object(other.prompt, other.patch) is second


def test_a_deed_takes_the_place_of_others_and_the_rest_keeps_its_order() -> None:
    a, b, c, d = (a_deed(x) for x in (1, 5, 10, 20))
    assert SegmentState((a, b, c)).with_deed(d, (b,)).deeds == (a, c, d)


def test_the_last_run_goes_with_its_corrections_but_not_with_the_run_before() -> None:
    older, run, once, twice = (Deed((), run=a_run(), is_correction=n > 1) for n in range(4))
    state = SegmentState((older, a_deed(1), run, once, a_deed(5), twice))
    assert state.run_deeds == (twice, once, run)
    assert state.run is twice.run
    assert SegmentState((a_deed(1),)).run is None
