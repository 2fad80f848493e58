"""Every prompt of a segment starts a run, and every 3D box bounds its own."""

from __future__ import annotations

from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.track_plan import plan_track


def plan(*boxes: Box, points: tuple[Point, ...] = ()) -> list[tuple[int, int, int]]:
    starts = plan_track(SegmentPrompt("a", 1, boxes, points), 20).starts
    return [(s.first, s.index, s.last) for s in starts]


def test_a_3d_box_starts_in_its_middle_and_bounds_its_run() -> None:
    assert plan(Box((0, 0, 4), (9, 9, 8))) == [(4, 6, 8)]


def test_a_slice_marked_inside_a_3d_box_takes_the_place_of_its_middle() -> None:
    assert plan(Box((0, 0, 4), (9, 9, 8)), Box((2, 2, 5), (7, 7, 5))) == [(4, 5, 8)]
    assert plan(Box((0, 0, 4), (9, 9, 8)), points=(Point((3, 3, 7)),)) == [(4, 7, 8)]


def test_a_slice_marked_outside_a_3d_box_leaves_the_box_its_run() -> None:
    assert plan(Box((0, 0, 0), (9, 9, 3)), Box((2, 2, 9), (7, 7, 9))) == [(0, 1, 3), (6, 9, 19)]


def test_the_gap_between_two_3d_boxes_stays_empty() -> None:
    assert plan(Box((0, 0, 0), (9, 9, 2)), Box((5, 5, 7), (15, 15, 9))) == [(0, 1, 2), (7, 8, 9)]


def test_neighbouring_runs_share_no_slice_and_leave_none_out() -> None:
    runs = plan(Box((0, 0, 3), (9, 9, 3)), Box((0, 0, 8), (9, 9, 8)), Box((0, 0, 13), (9, 9, 13)))
    reached = [k for first, _, last in runs for k in range(first, last + 1)]
    assert reached == list(range(20))


def test_why_a_run_ends_is_known_beforehand() -> None:
    first, second = plan_track(
        SegmentPrompt("a", 1, (Box((0, 0, 0), (9, 9, 3)), Box((2, 2, 5), (7, 7, 5)))), 20
    ).starts
    assert (first.below, first.above) == ("the 3D box ends", "the 3D box ends")
    assert (second.below, second.above) == (None, "the volume ends")


def test_negative_clicks_are_kept_for_their_slice() -> None:
    segment = SegmentPrompt("a", 1, (Box((0, 0, 3), (9, 9, 3)),), (Point((1, 2, 5), positive=False),))
    assert plan_track(segment, 20).refused == {5: (((1.0, 2.0), False),)}
