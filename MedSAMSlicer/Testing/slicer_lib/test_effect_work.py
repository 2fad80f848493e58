"""A user's walk with the effect, without Qt: real scene, real model, real editing logic of Slicer."""

from __future__ import annotations

import time

import numpy as np
import pytest

from medsam_core.interaction.carry_on import Carry
from medsam_core.mrml.segmentation_node import make_segmentation_node
from medsam_core.prompt_journal import TAG_NAME
from medsam_core.session.run_state import Phase
from MedSAMSlicerLib import bench
from MedSAMSlicerLib.effect_state import state_of
from testkit.effect_at_work import ALONG_RAS, AtWork, Shop
from testkit.mrml_nodes import add_transform, add_volume, put_under, vtk_matrix
from testkit.segments import edit, labelmaps_of, same_masks
from testkit.two_balls import LEFT, MIDDLE, RIGHT, SHAPE, two_balls


def masks(at: AtWork) -> dict[str, np.ndarray]:
    return labelmaps_of(at.editor.node.GetSegmentationNode(), SHAPE)


def preview_yx(at: AtWork) -> np.ndarray:
    return at.work.bench.session.preview.mask_yx


def test_a_box_previews_in_its_view_and_writes_nothing(at_work: AtWork) -> None:
    at_work.box(LEFT)
    assert preview_yx(at_work).sum() > 300
    assert at_work.panes[0].has_marks and not at_work.panes[1].has_marks
    assert not any(mask.any() for mask in masks(at_work).values())


def test_the_first_box_makes_the_first_segment_and_selects_it(at_work: AtWork) -> None:
    assert not masks(at_work)
    at_work.box(LEFT)
    (segment_id,) = masks(at_work)
    assert at_work.editor.node.GetSelectedSegmentID() == segment_id


def test_enter_writes_the_mask_on_its_slice_alone_and_undo_takes_it_back(at_work: AtWork) -> None:
    ball = at_work.editor.add_segment("ball")
    before = masks(at_work)
    at_work.box(LEFT)
    mask_yx = preview_yx(at_work)
    at_work.actions.enter()
    after = masks(at_work)
    np.testing.assert_array_equal(after[ball][MIDDLE], mask_yx)
    assert not np.delete(after[ball], MIDDLE, 0).any()
    assert "Written" in at_work.work.status.text
    at_work.actions.undo()
    assert same_masks(masks(at_work), before)
    at_work.actions.redo()
    assert same_masks(masks(at_work), after)


def test_the_editors_own_undo_takes_a_step_back_with_its_journal(at_work: AtWork) -> None:
    at_work.box(LEFT)
    (segment_id,) = masks(at_work)
    at_work.actions.enter()
    writer = at_work.work.bench.writer
    assert writer.tag(segment_id, TAG_NAME)
    at_work.editor.undo()
    assert not masks(at_work)[segment_id].any() and not writer.tag(segment_id, TAG_NAME)


def test_escape_takes_back_the_clicks_then_the_box_and_then_nothing(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.work.marking.click(at_work.panes[0], (22, 30), positive=True)
    at_work.actions.clear()
    assert at_work.work.bench.session.marked.clicks == ()
    at_work.actions.clear()
    assert at_work.work.bench.session.marked is None and not at_work.panes[0].has_marks
    at_work.actions.clear()
    assert not at_work.work.status.is_problem


def test_a_box_in_a_slanted_view_writes_there(at_work: AtWork) -> None:
    at_work.work.hover(at_work.panes[2])
    at_work.shop.settle()
    x, y = at_work.panes[2].place.to_slice((70.0, 80.0))
    at_work.box((x - 16, y - 16, x + 16, y + 16), pane=2)
    assert preview_yx(at_work).any()
    at_work.actions.enter()
    (written,) = masks(at_work).values()
    assert np.any(written, axis=(1, 2)).sum() > 1, "a slanted plane cuts several slices of the volume"


def test_a_propagation_shows_what_it_finds_and_commits_once(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    at_work.shop.settle()
    assert at_work.work.showing.run.phase is Phase.FINISHED
    assert at_work.panes[1].has_marks, "a view across its slices shows it too"
    assert not any(mask.any() for mask in masks(at_work).values())
    at_work.actions.write()
    at_work.shop.settle()
    (written,) = masks(at_work).values()
    assert np.any(written, axis=(1, 2)).sum() >= 6
    at_work.actions.undo()
    assert not any(mask.any() for mask in masks(at_work).values())


def test_a_propagation_goes_on_while_the_effect_is_off_and_nothing_is_shown_then(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    at_work.work.end()
    told = at_work.told
    at_work.shop.settle()
    assert not any(pane.has_marks for pane in at_work.panes) and at_work.told == told
    at_work.begin()
    assert at_work.work.showing.run.phase is Phase.FINISHED and at_work.panes[0].has_marks


def test_cancelling_keeps_what_is_done_and_discarding_nothing(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    at_work.actions.cancel()
    at_work.shop.settle()
    assert at_work.work.showing.run.phase is Phase.CANCELLED
    at_work.actions.discard()
    assert at_work.work.showing.run is None


def test_another_segment_is_worked_on_once_it_is_selected(at_work: AtWork) -> None:
    left, right = (at_work.editor.add_segment(name) for name in ("left", "right"))
    at_work.editor.node.SetSelectedSegmentID(left)
    at_work.box(LEFT)
    at_work.editor.node.SetSelectedSegmentID(right)
    assert at_work.work.bench.session.marked is None
    at_work.box(RIGHT)
    at_work.actions.enter()
    at_work.editor.node.SetSelectedSegmentID(left)
    at_work.shop.settle()
    assert preview_yx(at_work).any(), "what was marked for the first one is there again"
    at_work.actions.enter()
    assert masks(at_work)[left][MIDDLE, 30, 22] and masks(at_work)[right][MIDDLE, 34, 56]


def test_protected_neighbours_lose_nothing_to_preview_and_mask(at_work: AtWork) -> None:
    wall, ball = at_work.editor.add_segment("wall"), at_work.editor.add_segment("ball")
    solid = np.zeros(SHAPE, bool)
    solid[:, :, 20:26] = True
    at_work.work.bench.writer.write([edit(wall, solid)])
    at_work.box(LEFT)
    assert not (preview_yx(at_work) & solid[MIDDLE]).any(), "without being asked for"
    at_work.actions.enter()
    np.testing.assert_array_equal(masks(at_work)[wall], solid)
    assert masks(at_work)[ball].any() and not (masks(at_work)[ball] & solid).any()


def test_neighbours_are_protected_in_another_segmentation_too_until_it_is_switched_off(
    at_work: AtWork,
) -> None:
    at_work.actions.protect_others(False)
    assert not at_work.work.bench.writer.protect_others
    at_work.actions.protect_others(True)
    other = make_segmentation_node(at_work.scene, at_work.volume_node)
    at_work.editor.edit(other, at_work.volume_node)
    at_work.work.refresh()
    assert at_work.work.bench.segmentation_node is other and at_work.work.bench.writer.protect_others


def test_the_preview_follows_what_the_editors_masking_asks_for(at_work: AtWork) -> None:
    wall, _ = at_work.editor.add_segment("wall"), at_work.editor.add_segment("ball")
    solid = np.zeros(SHAPE, bool)
    solid[:, :, 20:26] = True
    at_work.work.bench.writer.write([edit(wall, solid)])
    at_work.box(LEFT)
    settings = at_work.editor.node
    settings.SetOverwriteMode(settings.OverwriteNone)
    at_work.shop.settle()
    assert (preview_yx(at_work) & solid[MIDDLE]).any(), "overlap is allowed"
    at_work.actions.enter()
    np.testing.assert_array_equal(masks(at_work)[wall], solid)


def test_other_content_under_the_same_node_is_taken_in_after_a_pause(at_work: AtWork) -> None:
    at_work.box(LEFT)
    pause = at_work.pauses[0]
    old = at_work.work.bench.volume
    image = at_work.volume_node.GetImageData()
    scalars = image.GetPointData().GetScalars()
    scalars.SetTuple1(0, 77)
    scalars.Modified()
    image.Modified()
    assert pause.is_on and at_work.work.bench.volume is old, "not at each of many events"
    pause.fire()
    assert at_work.work.bench.volume is not old and at_work.work.bench.volume.array_kji[0, 0, 0] == 77
    assert at_work.work.bench.session.marked is None, "what was marked was of the other content"


def test_a_moved_volume_is_marked_where_it_is_now(at_work: AtWork) -> None:
    shift = np.eye(4)
    shift[0, 3] = 10.0
    put_under(at_work.volume_node, add_transform(at_work.scene, shift))
    put_under(at_work.editor.node.GetSegmentationNode(), at_work.volume_node.GetParentTransformNode())
    at_work.pauses[0].fire()
    x, _ = at_work.panes[0].place.to_slice((100.0, 80.0))
    assert x == pytest.approx(40.0 - 10.0, abs=1e-6)
    at_work.box(LEFT)
    at_work.actions.enter()
    (written,) = masks(at_work).values()
    assert written[MIDDLE, 30, 22]


def test_another_source_volume_is_worked_on_at_once(at_work: AtWork) -> None:
    at_work.box(LEFT)
    other = add_volume(at_work.scene, 255 - two_balls(), ALONG_RAS, "other")
    at_work.editor.node.SetAndObserveSourceVolumeNode(other)
    assert at_work.work.bench.volume.name == "other"
    assert at_work.work.bench.session.marked is None and not at_work.panes[0].has_marks


def test_a_volume_of_another_grid_than_the_segments_is_segmented_on_its_own_voxels(at_work: AtWork) -> None:
    """The segmentation keeps the first volume's geometry; the second one is coarser and turned."""
    coarse = two_balls()[:, ::2, ::2]
    matrix = ALONG_RAS @ np.diag([2.0, 2.0, 1.0, 1.0])
    other = add_volume(at_work.scene, coarse, matrix, "coarse")
    at_work.editor.node.SetAndObserveSourceVolumeNode(other)
    at_work.shop.settle()
    at_work.box(tuple(value / 2 for value in LEFT))
    half = preview_yx(at_work).sum()
    at_work.actions.enter()
    (written,) = masks(at_work).values()
    assert written[MIDDLE].sum() == pytest.approx(4 * half, rel=0.1)


def test_closing_the_scene_ends_the_work_and_a_new_one_begins_with_the_next_volume(
    a_loaded_shop: Shop,
) -> None:
    at = AtWork(a_loaded_shop)
    at.begin()
    at.box(LEFT)
    at.actions.propagate(Carry("track"))
    at.scene.Clear(0)
    a_loaded_shop.settle()
    assert at.work.bench.session is None and not at.work.is_active
    again = AtWork(a_loaded_shop, at.scene)
    again.begin()
    again.box(LEFT)
    assert preview_yx(again).any()
    again.work.close()


def test_two_editors_share_the_model_and_what_it_has_read_and_nothing_else(a_loaded_shop: Shop) -> None:
    first = AtWork(a_loaded_shop)
    second = AtWork(a_loaded_shop, first.scene)
    for one in (first, second):
        one.begin()
    first.box(LEFT)
    misses = a_loaded_shop.workshop.cache_stats.misses
    second.box(RIGHT)
    assert a_loaded_shop.workshop.cache_stats.misses == misses, "the slice was read already"
    assert first.work.bench.session.model is second.work.bench.session.model
    assert not np.array_equal(preview_yx(first), preview_yx(second))
    for one in (first, second):
        one.work.close()


def test_without_a_volume_the_effect_says_so(at_work: AtWork) -> None:
    at_work.editor.node.SetAndObserveSourceVolumeNode(None)
    assert at_work.work.status.is_problem and "choose one" in at_work.work.status.text
    at_work.actions.enter()
    assert at_work.work.status.is_problem


def test_a_model_that_comes_later_answers_what_was_marked_before() -> None:
    shop = Shop()
    at = AtWork(shop)
    at.work.begin(at.editor.node, at.make_history)
    at.work.marking.begin_box(at.panes[0], is_new=True)
    at.work.marking.drag_box(at.panes[0], LEFT)
    assert at.work.bench.session.model is None
    shop.settle()
    assert preview_yx(at).any()
    at.work.close()
    shop.workshop.close()


def test_scrolling_reads_the_slice_that_comes(at_work: AtWork) -> None:
    view = at_work.views[0]
    view.JumpSliceByOffsetting(40.0, 32.0, 22.5)
    at_work.work.moved(at_work.panes[0])
    assert at_work.work.bench.session.index == 9
    assert at_work.work.is_busy or at_work.shop.timer.is_on
    at_work.shop.settle()


def test_nothing_of_ours_holds_the_main_thread_during_a_propagation(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    longest = 0.0
    while at_work.shop.timer.is_on:
        started = time.thread_time()
        at_work.shop.timer.fire()
        longest = max(longest, time.thread_time() - started)
    assert longest < 0.05, f"{longest * 1000:.0f} ms of processor time"


def test_a_turned_matrix_of_the_volume_alone_copies_no_voxels(at_work: AtWork) -> None:
    array = at_work.work.bench.volume.array_kji
    at_work.volume_node.SetIJKToRASMatrix(vtk_matrix(ALONG_RAS @ np.diag([1.0, 1.0, 2.0, 1.0])))
    at_work.pauses[0].fire()
    assert at_work.work.bench.volume.geometry.spacing_mm[2] == 5.0
    assert np.shares_memory(at_work.work.bench.volume.array_kji, array)


def test_a_large_volume_is_read_in_steps_and_worked_on_when_it_is_read(
    a_loaded_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "AT_ONCE_BYTES", 1)
    monkeypatch.setattr(bench, "STEP_SECONDS", 1e-7)
    at = AtWork(a_loaded_shop)
    at.work.begin(at.editor.node, at.make_history)
    assert at.work.bench.is_reading and at.work.bench.session is None
    at.shop.timer.fire()
    assert at.work.bench.is_reading, "a slice at a turn"
    at.shop.settle()
    assert at.work.bench.volume is not None and at.panes[0].place is not None
    at.box(LEFT)
    assert preview_yx(at).any()
    at.work.close()


def test_a_propagation_is_gone_on_with_when_its_scene_is_open_again(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    at_work.shop.settle()
    at_work.actions.write()
    at_work.shop.settle()
    found = {index for index, one in at_work.work.showing.strip.slices.items() if one.area}
    segment = at_work.work.bench.session.selected
    at_work.work.close()
    at_work.begin()
    assert set(at_work.work.showing.strip.slices) == found
    assert state_of(at_work.work, at_work.actions, at_work.shop.workshop).legend.startswith("grey: ")
    at_work.actions.jump(MIDDLE + 2)
    at_work.work.moved(at_work.panes[0])
    before = masks(at_work)[segment]
    at_work.box((14, 20, 24, 36))
    assert at_work.work.showing.corrects
    at_work.actions.enter()
    at_work.shop.settle()
    assert not np.array_equal(masks(at_work)[segment], before)
    at_work.actions.undo()
    np.testing.assert_array_equal(masks(at_work)[segment], before)
