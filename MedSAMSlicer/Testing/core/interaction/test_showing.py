"""What the views draw of a session's work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from medsam_core.interaction.showing import Showing
from medsam_core.session.run_state import Phase
from medsam_core.session.session import Session
from medsam_core.session.slice_result import SliceResult
from testkit.panes import APane, a_place
from testkit.two_balls import LEFT, MIDDLE, RIGHT

MakePane = Callable[..., APane]


def on(pane: APane, showing: Showing) -> list[tuple[str, np.ndarray]]:
    """Segment and mask of all that is drawn in a view."""
    return [(one.segment_id, one.mask_yx) for one in showing.masks_on(pane.place)]


def test_without_a_volume_there_is_nothing_to_show(pane_of: MakePane) -> None:
    showing = Showing(lambda: None)
    assert showing.run is None
    assert showing.strip is None
    assert not showing.corrects
    assert showing.masks_on(pane_of().place) == []
    assert showing.number_on(pane_of().place) == ""


def test_the_preview_is_on_its_slice_with_its_confidence_and_nowhere_else(
    a_session: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    a_session.prompt(LEFT)
    a_session.pump()
    ((segment, mask),) = on(pane_of(), a_showing)
    assert segment == "Segment_1"
    np.testing.assert_array_equal(mask, a_session.preview.mask_yx)
    assert a_showing.number_on(pane_of().place) == f"{a_session.preview.confidence:.2f}"
    assert on(pane_of(MIDDLE + 1), a_showing) == []
    assert a_showing.number_on(pane_of(MIDDLE + 1).place) == ""
    assert a_showing.masks_on(None) == []


def test_a_propagation_is_seen_on_each_slice_that_is_done_and_the_preview_comes_first(
    a_held_run: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    found = a_held_run.runs[0].segments["Segment_1"].slices
    for index, result in found.items():
        ((_, mask),) = on(pane_of(index), a_showing)
        np.testing.assert_array_equal(mask, result.mask_yx((64, 80)))
    a_held_run.select("Segment_2")
    a_held_run.prompt(RIGHT)
    a_held_run.pump()
    assert [segment for segment, _ in on(pane_of(), a_showing)] == ["Segment_2", "Segment_1"]


def test_what_is_written_is_the_segments_to_show(
    a_written_run: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    assert a_showing.run is None
    assert all(on(pane_of(index), a_showing) == [] for index in range(12))


def test_the_strip_is_that_of_the_run_at_work_and_then_of_the_one_written(
    a_held_run: Session, a_showing: Showing
) -> None:
    held = a_held_run.runs[0]
    assert a_showing.run is held
    assert a_showing.strip is held.segments["Segment_1"]
    before = a_showing.strip.confidence
    a_held_run.commit()
    a_held_run.pump()
    assert a_showing.strip.confidence == before
    a_held_run.select("Segment_2")
    assert a_showing.strip is None
    a_held_run.select("Segment_1")
    a_held_run.undo()
    assert a_showing.strip is None


def test_a_correction_under_way_is_not_the_run_on_show(
    a_held_run: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    held = a_held_run.runs[0]
    a_held_run.correct(8, LEFT)
    assert len(a_held_run.runs) == 2
    assert a_showing.run is held


def test_a_mark_beside_the_anchors_of_a_run_mends_it(a_held_run: Session, a_showing: Showing) -> None:
    assert not a_showing.corrects, "nothing is marked"
    a_held_run.prompt(LEFT, index=8)
    assert a_showing.corrects
    a_held_run.prompt(LEFT, index=MIDDLE)
    assert not a_showing.corrects, "this slice is the user's own word already"


def test_a_run_under_way_cannot_be_mended(a_held_run: Session, a_showing: Showing) -> None:
    a_held_run.runs[0].phase = Phase.RUNNING
    a_held_run.prompt(LEFT, index=8)
    assert not a_showing.corrects


def test_what_was_written_is_mended_where_it_was_and_a_box_elsewhere_is_another_part(
    a_written_run: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    found = a_written_run.written_run("Segment_1").slices
    beyond = next(k for k in (0, 11) if k not in found)
    a_written_run.prompt(LEFT, index=8)
    assert a_showing.corrects
    a_written_run.prompt(LEFT, index=beyond)
    assert not a_showing.corrects
    coronal = pane_of(30, "j").place.grid
    a_written_run.prompt((8, 3, 36, 34), index=30, grid=coronal)
    assert not a_showing.corrects
    a_written_run.select("Segment_2")
    a_written_run.prompt(RIGHT, index=8)
    assert not a_showing.corrects


def test_a_preview_of_another_pile_is_not_shown_on_a_slice_of_the_same_number(
    a_session: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    a_session.prompt((8, 3, 36, 34), index=MIDDLE, grid=pane_of(0, "j").place.grid)
    a_session.pump()
    assert on(pane_of(), a_showing) == []
    assert len(on(pane_of(MIDDLE, "j"), a_showing)) == 1


def test_the_same_slice_of_a_grid_made_anew_shows_the_same(
    a_session: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    a_session.prompt(LEFT)
    a_session.pump()
    assert len(a_showing.masks_on(a_place(pane_of().place.grid, MIDDLE, zoom=9.0))) == 1


def test_a_propagation_is_seen_in_the_views_across_it_too_and_follows_its_correction(
    a_held_run: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    across = pane_of(30, "j")
    ((segment, before),) = on(across, a_showing)
    assert segment == "Segment_1"
    rows = np.unique(np.nonzero(before)[0])
    assert len(rows) > 5, "several slices, each more than one pixel high"
    assert on(pane_of(0, "j"), a_showing) == [], "beside the object"
    a_held_run.correct(8, mask_yx=np.zeros((64, 80), bool))
    a_held_run.pump()
    ((_, after),) = on(across, a_showing)
    assert np.count_nonzero(after) < np.count_nonzero(before)


def test_each_segment_is_drawn_once_on_a_slice(
    a_held_run: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    a_held_run.prompt(RIGHT)
    a_held_run.pump()
    ((_, mask),) = on(pane_of(), a_showing)
    np.testing.assert_array_equal(mask, a_held_run.preview.mask_yx)


def test_of_a_slice_that_is_being_mended_the_new_mask_is_shown(
    a_held_run: Session, a_showing: Showing, pane_of: MakePane
) -> None:
    a_held_run.correct(8, mask_yx=np.zeros((64, 80), bool))
    held, correction = a_held_run.runs
    assert held.segments["Segment_1"].slices[8].area
    correction.segments["Segment_1"].slices[8] = SliceResult(8, (0, 0), np.zeros((0, 0), np.uint8), 1.0)
    ((_, mask),) = on(pane_of(8), a_showing)
    assert not mask.any()
