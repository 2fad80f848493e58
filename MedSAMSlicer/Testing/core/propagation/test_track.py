"""Following an object through the slices, judged with a predictor that knows the truth."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.metrics import dice
from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.track import TrackPropagation
from medsam_core.segmentation_result import StopRecord
from testkit.oracle import OracleSlices


def a_ball(shape=(40, 48, 48), centre=(20, 24, 24), radius=12.0) -> np.ndarray:
    grid = np.indices(shape).astype(float)
    return sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True)) <= radius**2


def a_box_on(truth: np.ndarray, k: int) -> SegmentPrompt:
    rows, columns = np.nonzero(truth[k])
    low, high = (int(columns.min()), int(rows.min()), k), (int(columns.max()), int(rows.max()), k)
    return SegmentPrompt("ball", 1, (Box(low, high),), ())


def run(prompt: SegmentPrompt, slices) -> tuple[dict[int, SliceMask], list[StopRecord]]:
    steps = list(TrackPropagation().run(prompt, slices))
    masks = {s.index: s for s in steps if isinstance(s, SliceMask)}
    return masks, [s for s in steps if isinstance(s, StopRecord)]


def test_the_object_is_followed_to_its_ends_and_the_reason_is_named() -> None:
    truth = a_ball()
    masks, stops = run(a_box_on(truth, 20), OracleSlices(truth))
    filled = np.flatnonzero(truth.any(axis=(1, 2)))
    assert abs(min(masks) - filled.min()) <= 1
    assert abs(max(masks) - filled.max()) <= 1
    assert {s.direction for s in stops} == {"up", "down"}
    assert all("area fell" in s.reason for s in stops)


def test_every_slice_kept_equals_the_truth() -> None:
    truth = a_ball()
    masks, _ = run(a_box_on(truth, 20), OracleSlices(truth))
    for index, mask in masks.items():
        np.testing.assert_array_equal(mask.mask_yx, truth[index])


@pytest.mark.parametrize("missed", [[23], [16, 23], [22, 23]])
def test_missed_slices_do_not_end_the_run(missed: list[int]) -> None:
    truth = a_ball()
    masks, _ = run(a_box_on(truth, 20), OracleSlices(truth, missed))
    assert {18, 19, 21, 25, 26, 28} <= set(masks)


def test_a_gap_longer_than_patience_ends_the_run() -> None:
    truth = a_ball()
    masks, stops = run(a_box_on(truth, 20), OracleSlices(truth, [23, 24, 25]))
    assert max(masks) == 22
    assert StopRecord("up", 22, "area fell to nothing") in stops


def test_a_neighbour_that_touches_is_not_entered() -> None:
    truth = a_ball()
    neighbour = a_ball(centre=(20, 24, 46), radius=9)
    masks, _ = run(a_box_on(truth, 20), OracleSlices(truth | neighbour))
    leaked = sum(np.count_nonzero(m.mask_yx & neighbour[k] & ~truth[k]) for k, m in masks.items())
    assert leaked < 0.02 * truth.sum()


def test_a_3d_box_prompts_its_middle_slice_and_bounds_the_run() -> None:
    truth = a_ball()
    prompt = SegmentPrompt("ball", 1, (Box((10, 10, 15), (38, 38, 26)),), ())
    slices = OracleSlices(truth)
    masks, stops = run(prompt, slices)
    assert slices.visited[0] == 20
    assert (min(masks), max(masks)) == (15, 26)
    assert {s.reason for s in stops} == {"the 3D box ends"}


def test_two_prompted_slices_meet_halfway_and_no_slice_is_given_twice() -> None:
    truth = a_ball()
    boxes = a_box_on(truth, 14).boxes + a_box_on(truth, 27).boxes
    steps = list(TrackPropagation().run(SegmentPrompt("ball", 1, boxes, ()), OracleSlices(truth)))
    indices = [s.index for s in steps if isinstance(s, SliceMask)]
    assert len(indices) == len(set(indices))
    assert set(range(12, 30)) <= set(indices)


def test_a_click_alone_starts_a_run() -> None:
    truth = a_ball()
    prompt = SegmentPrompt("ball", 1, (), (Point((24, 24, 20), True),))
    masks, _ = run(prompt, OracleSlices(truth))
    assert {14, 20, 26} <= set(masks)


def test_an_empty_start_goes_nowhere_and_says_so() -> None:
    truth = a_ball()
    masks, stops = run(a_box_on(truth, 20), OracleSlices(truth, [20]))
    assert set(masks) == {20}
    assert {s.reason for s in stops} == {"the prompted slice gave no mask"}


def test_the_end_of_the_volume_is_named() -> None:
    truth = np.zeros((6, 40, 40), bool)
    truth[:, 10:30, 12:28] = True
    masks, stops = run(a_box_on(truth, 2), OracleSlices(truth))
    assert set(masks) == set(range(6))
    assert {s.reason for s in stops} == {"the volume ends"}


def test_slices_come_nearest_first() -> None:
    truth = a_ball()
    steps = list(TrackPropagation().run(a_box_on(truth, 20), OracleSlices(truth)))
    distances = [abs(s.index - 20) for s in steps if isinstance(s, SliceMask)]
    assert distances[:7] == [0, 1, 1, 2, 2, 3, 3]


def test_a_negative_click_on_the_way_reaches_its_slice() -> None:
    class Listening(OracleSlices):
        heard: ClassVar[dict[int, tuple]] = {}

        def masks(self, index, prompts):
            self.heard[index] = prompts[0].points_xy
            return super().masks(index, prompts)

    truth = a_ball()
    slices = Listening(truth)
    prompt = a_box_on(truth, 20)
    run(SegmentPrompt("ball", 1, prompt.boxes, (Point((30, 24, 23), positive=False),)), slices)
    assert slices.heard[23] == (((30.0, 24.0), False),)
    assert slices.heard[22] == ()


@pytest.mark.parametrize("missed", [[23], [16, 23], [22, 23], [15, 16]])
def test_a_missed_slice_is_filled_between_its_neighbours_with_low_confidence(missed: list[int]) -> None:
    truth = a_ball()
    masks, _ = run(a_box_on(truth, 20), OracleSlices(truth, missed))
    for index in missed:
        assert dice(masks[index].mask_yx, truth[index]) > 0.9
        assert masks[index].confidence < min(masks[k].confidence for k in (19, 20, 21))


def test_a_missed_slice_does_not_lead_into_a_neighbour_of_the_same_kind() -> None:
    truth, neighbour = a_ball(), a_ball(centre=(26, 24, 43), radius=6)
    masks, _ = run(a_box_on(truth, 20), OracleSlices(truth | neighbour, [24, 25]))
    assert not any(np.any(m.mask_yx & neighbour[k]) for k, m in masks.items())


def test_an_object_that_wanders_across_the_slices_is_followed() -> None:
    truth = np.zeros((30, 40, 140), bool)
    for k in range(4, 26):
        truth[k, 15:21, 5 * k - 10 : 5 * k] = True
    masks, _ = run(a_box_on(truth, 15), OracleSlices(truth, [18]))
    assert (min(masks), max(masks)) == (4, 25)
    assert dice(masks[18].mask_yx, truth[18]) > 0.8


def test_a_drawn_mask_starts_a_run_and_stays_as_it_is() -> None:
    truth = a_ball()
    drawn = truth[20].copy()
    drawn[24, 24] = False
    prompt = SegmentPrompt("ball", 1, masks=(MaskPrompt.of(20, drawn),))
    masks, _ = run(prompt, OracleSlices(truth))
    np.testing.assert_array_equal(masks[20].mask_yx, drawn)
    assert masks[20].drawn and {9, 15, 25, 31} <= set(masks)


def test_several_starts_give_each_slice_once() -> None:
    truth = a_ball()
    prompt = SegmentPrompt(
        "ball", 1, a_box_on(truth, 13).boxes, (Point((24, 24, 27)),), (MaskPrompt.of(20, truth[20]),)
    )
    steps = [s for s in TrackPropagation().run(prompt, OracleSlices(truth)) if isinstance(s, SliceMask)]
    assert sorted(s.index for s in steps) == list(range(9, 32))
