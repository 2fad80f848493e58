"""Each slice between two anchors is made from these two; judged with a predictor that knows the truth."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import medsam_core as medsam
from medsam_core.bench.oracle_faults import OracleFaults
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.metrics import dice
from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.anchor_plan import plan_anchors
from medsam_core.propagation.anchors import AnchorsPropagation
from medsam_core.propagation.roi import RoiPropagation
from medsam_core.segmentation_result import StopRecord
from medsam_core.slice_grid import SliceGrid
from testkit.anchored import a_box_on, a_leaning_object, assert_alike, boxes_on, drawn, made, stops
from testkit.oracle import OracleSlices

TRUTH = a_leaning_object()
NOISY = OracleFaults(edge=0.15, misses=0.1, leaks=0.1, score=0.1)
FIRM = ("box", "two boxes", "drawn", "worn", "empty")
KINDS = (*FIRM, "click", "refusal")


def noisy(seed: int = 0, truth: np.ndarray = TRUTH) -> OracleSlices:
    return OracleSlices(truth, faults=replace(NOISY, seed=seed))


def marked(kinds: dict[int, str], solid: tuple[int, int] | None = None) -> SegmentPrompt:
    """A segment with a mark of some kind on each of these slices, perhaps in a 3D box."""
    boxes, points, masks = [], [], []
    if solid is not None:
        boxes.append(Box((6, 8, solid[0]), (42, 36, solid[1])))
    for k, kind in kinds.items():
        box, (y, x) = a_box_on(TRUTH, k, margin=1), np.argwhere(TRUTH[k]).mean(axis=0).round().astype(int)
        if kind in ("box", "two boxes"):
            boxes.append(box)
        if kind == "two boxes":
            boxes.append(Box((2, 40, k), (8, 45, k)))
        if kind in ("click", "refusal"):
            points.append(Point((int(x), int(y), k), kind == "click"))
        if kind in ("drawn", "worn", "empty"):
            mask = {"drawn": TRUTH[k], "worn": TRUTH[k] & (np.arange(48) < x + 3), "empty": TRUTH[k] & False}
            masks.append(MaskPrompt.of(k, mask[kind]))
    if not boxes and not masks and not any(p.positive for p in points):
        reject()  # refusing clicks alone are no segment
    return SegmentPrompt("a", 1, tuple(boxes), tuple(points), tuple(masks))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[int, str], tuple[int, int] | None, int]:
    kinds = draw(st.dictionaries(st.integers(0, 29), st.sampled_from(KINDS), min_size=1, max_size=6))
    solid = draw(st.none() | st.tuples(st.integers(0, 14), st.integers(15, 29)))
    return kinds, solid, draw(st.integers(0, 3))


thorough = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_every_slice_between_anchors_is_made_and_equals_the_truth() -> None:
    masks = made(boxes_on(TRUTH, 4, 9, 16, 25), OracleSlices(TRUTH))
    assert list(masks) == [4, 9, *range(5, 9), 16, *range(10, 16), 25, *range(17, 25)]
    for k, mask in masks.items():
        assert dice(mask.mask_yx, TRUTH[k]) > 0.93, k


def test_beyond_the_outermost_anchors_nothing_is_made_and_it_is_said_why() -> None:
    segment = boxes_on(TRUTH, 4, 25)
    assert stops(segment, OracleSlices(TRUTH)) == [
        StopRecord("down", 4, "the last marked slice"),
        StopRecord("up", 25, "the last marked slice"),
    ]


def test_a_slice_drawn_empty_ends_the_object() -> None:
    segment = drawn({25: np.zeros_like(TRUTH[0])}, boxes_on(TRUTH, 4, 15))
    masks = made(segment, OracleSlices(TRUTH))
    assert masks[25].area == 0 and masks[25].confidence == 1
    assert stops(segment, OracleSlices(TRUTH))[1].reason == "the object is drawn as absent here"
    assert all(dice(masks[k].mask_yx, TRUTH[k]) > 0.5 for k in (16, 17))


def test_between_two_slices_drawn_empty_there_is_nothing_and_no_model_is_asked() -> None:
    empty = np.zeros_like(TRUTH[0])
    slices = OracleSlices(TRUTH)
    masks = made(drawn({10: empty, 18: empty}, boxes_on(TRUTH, 4, 25)), slices)
    assert all(masks[k].area == 0 for k in range(10, 19))
    assert not {*range(10, 19)} & {*slices.visited}
    assert masks[4].area and masks[25].area


@pytest.mark.parametrize(
    "solid", [Box((6, 8, 3), (42, 36, 3 + n)) for n in (1, 2, 9, 10, 11, 21, 26)], ids=str
)
def test_a_3d_box_alone_gives_the_masks_that_roi_gives(solid: Box) -> None:
    segment = SegmentPrompt("a", 1, (solid,), (Point((20, 22, 3)), Point((2, 2, 4), False)))
    masks = made(segment, noisy())
    expected = {m.index: m for m in RoiPropagation().run(segment, noisy())}
    assert sorted(masks) == sorted(expected)
    assert all(np.array_equal(m.probability_yx, expected[k].probability_yx) for k, m in masks.items())
    assert all(np.array_equal(m.mask_yx, expected[k].mask_yx) for k, m in masks.items())
    assert {s.reason for s in stops(segment, noisy())} == {"the 3D box ends"}


def test_a_correction_inside_a_3d_box_stays_near() -> None:
    segment = SegmentPrompt("a", 1, (Box((6, 8, 0), (42, 36, 29)),))
    before, after = made(segment, noisy()), made(drawn({15: TRUTH[15]}, segment), noisy())
    changed = [k for k in before if not np.array_equal(before[k].mask_yx, after[k].mask_yx)]
    assert changed and min(changed) > 0 and max(changed) < 29
    assert len(made(drawn({15: TRUTH[15]}, segment), noisy(), around=15)) < 30


@given(cases())
@thorough
def test_drawn_masks_are_returned_untouched(case) -> None:
    kinds, solid, seed = case
    segment = marked(kinds, solid)
    masks = made(segment, noisy(seed))
    for prompt in segment.masks:
        np.testing.assert_array_equal(masks[prompt.k].mask_yx, prompt.mask_yx((48, 48)))
        assert masks[prompt.k].drawn and masks[prompt.k].confidence == 1


@given(cases(), st.integers(0, 29), st.sampled_from(KINDS))
@thorough
def test_the_spans_around_a_correction_put_into_the_former_result_are_a_full_run(case, index, kind) -> None:
    kinds, solid, seed = case
    if kinds.get(index, kind) in FIRM and kind not in FIRM:
        reject()  # that is no mark more but one less
    before, after = marked(kinds, solid), marked(kinds | {index: kind}, solid)
    anew = made(after, noisy(seed))
    if index not in anew:
        return
    again = made(after, noisy(seed), around=index)
    assert index in again
    assert len(again) <= AnchorsPropagation(index).expected_slices(after, 30)
    first, last = plan_anchors(after).reach(index)
    former = {k: mask for k, mask in made(before, noisy(seed)).items() if not first < k < last}
    assert_alike(former | again, anew)


@given(cases(), st.integers(0, 29), st.sampled_from(("box", "drawn", "worn", "empty")))
@thorough
def test_a_correction_changes_only_slices_strictly_between_the_neighbouring_anchors(
    case, index, kind
) -> None:
    kinds = {k: "drawn" if what == "click" else what for k, what in case[0].items()}
    anchors = {k for k, what in kinds.items() if what != "refusal"} - {index}
    low = max((k for k in anchors if k < index), default=-1)
    high = min((k for k in anchors if k > index), default=30)
    before, after = (made(marked(k), noisy(case[2])) for k in (kinds, kinds | {index: kind}))
    for k in set(before) & set(after) - {*range(low + 1, high)}:
        assert_alike({k: before[k]}, {k: after[k]})


@given(cases())
@thorough
def test_the_number_of_slices_is_known_beforehand(case) -> None:
    kinds, solid, seed = case
    segment = marked(kinds, solid)
    masks = made(segment, noisy(seed))
    expected = AnchorsPropagation().expected_slices(segment, 30)
    assert len(masks) <= expected if "click" in kinds.values() else len(masks) == expected


@given(cases())
@thorough
def test_upside_down_slices_give_the_same_masks_upside_down(case) -> None:
    kinds, solid, seed = case

    class UpsideDown(OracleSlices):
        def _predicted(self, index, prompts):
            found = noisy(seed)._predicted(29 - index, prompts)
            return [replace(mask, index=index) for mask in found]

    segment = marked(kinds, solid)
    flipped = SegmentPrompt(
        "a",
        1,
        tuple(
            Box((*b.min_ijk[:2], 29 - b.max_ijk[2]), (*b.max_ijk[:2], 29 - b.min_ijk[2]))
            for b in segment.boxes
        ),
        tuple(Point((*p.ijk[:2], 29 - p.ijk[2]), p.positive) for p in segment.points),
        tuple(replace(m, k=29 - m.k) for m in segment.masks),
    )
    upside_down = made(flipped, UpsideDown(TRUTH[::-1]))
    assert_alike(made(segment, noisy(seed)), {29 - k: mask for k, mask in upside_down.items()})


def test_the_order_of_prompts_does_not_matter() -> None:
    segment = marked({3: "two boxes", 9: "two boxes", 14: "worn", 20: "click", 24: "box"}, (2, 26))
    expected = made(segment, noisy())
    for order in list(permutations(range(len(segment.boxes))))[::17]:
        boxes = tuple(segment.boxes[n] for n in order)
        assert_alike(made(SegmentPrompt("a", 1, boxes, segment.points, segment.masks), noisy()), expected)


@pytest.mark.parametrize("missed", [[12], [11, 12, 13], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]])
def test_a_missed_slice_leaves_no_hole_and_harms_no_neighbour(missed: list[int]) -> None:
    segment = boxes_on(TRUTH, 4, 15, 25)
    whole, holed = made(segment, OracleSlices(TRUTH)), made(segment, OracleSlices(TRUTH, missed))
    for k in missed:
        assert dice(holed[k].mask_yx, TRUTH[k]) > 0.75
        assert holed[k].confidence < 0.1
    kept = set(whole) - set(missed)
    assert_alike({k: holed[k] for k in kept}, {k: whole[k] for k in kept})


def test_a_missed_box_is_filled_so_that_its_neighbours_have_a_shape_to_go_by() -> None:
    masks = made(boxes_on(TRUTH, 4, 15, 25), OracleSlices(TRUTH, [15, 16]))
    assert dice(masks[15].mask_yx, TRUTH[15]) > 0.9 and masks[15].confidence == 0
    assert dice(masks[16].mask_yx, TRUTH[16]) > 0.8


def test_a_leak_into_a_neighbour_between_drawn_slices_is_held_back() -> None:
    neighbour = np.roll(TRUTH, 9, axis=1)
    slices = OracleSlices(TRUTH | neighbour)
    alone = made(boxes_on(TRUTH | neighbour, 6, 14), slices)
    corrected = made(drawn({6: TRUTH[6], 14: TRUTH[14]}), slices)
    leaked = [
        sum(np.count_nonzero(m[k].mask_yx & ~TRUTH[k]) for k in range(7, 14)) for m in (alone, corrected)
    ]
    assert leaked[1] < 0.2 * leaked[0]


def test_one_slice_corrected_mends_those_beside_it() -> None:
    slices = OracleSlices(np.stack([t & (np.arange(48) < 18 + n / 2) for n, t in enumerate(TRUTH)]))
    base = boxes_on(TRUTH, 4, 12, 20)
    before, after = made(base, slices), made(drawn({12: TRUTH[12]}, base), slices)
    for k in (10, 11, 13, 14):
        assert dice(after[k].mask_yx, TRUTH[k]) > dice(before[k].mask_yx, TRUTH[k]) + 0.1


def test_far_from_drawn_slices_confidence_falls() -> None:
    masks = made(drawn({4: TRUTH[4], 25: TRUTH[25]}), OracleSlices(TRUTH | np.roll(TRUTH, 9, axis=1)))
    assert masks[5].confidence > masks[9].confidence
    assert min(masks, key=lambda k: masks[k].confidence) in range(8, 22)


def test_around_a_slice_the_nearest_comes_first_and_only_its_spans_are_asked() -> None:
    slices = OracleSlices(TRUTH)
    indices = list(made(boxes_on(TRUTH, 2, 8, 13, 18, 27), slices, around=13))
    assert indices == [13, 12, 14, 11, 15, 10, 16, 9, 17]
    assert set(slices.visited) == set(range(8, 19))


def test_around_a_slice_beyond_the_anchors_there_is_nothing() -> None:
    assert made(boxes_on(TRUTH, 8, 13), OracleSlices(TRUTH), around=20) == {}


def test_a_click_between_two_boxes_goes_to_the_model_with_the_interpolated_box() -> None:
    heard = {}

    class Listening(OracleSlices):
        def _predicted(self, index, prompts):
            heard[index] = prompts
            return super()._predicted(index, prompts)

    base = boxes_on(TRUTH, 8, 14)
    points = (Point((20, 24, 11)), Point((40, 40, 12), False))
    made(SegmentPrompt("a", 1, base.boxes, points), Listening(TRUTH))
    (prompt,) = heard[11]
    assert prompt.box_xyxy is not None and prompt.points_xy == (((20.0, 24.0), True),)
    assert heard[12][0].points_xy == (((40.0, 40.0), False),)


def test_clicks_alone_are_anchors_unless_the_model_finds_nothing_there() -> None:
    segment = SegmentPrompt("a", 1, (), tuple(Point((20, 22, k)) for k in (6, 10, 14, 20)))
    masks = made(segment, OracleSlices(TRUTH, missed=[10, 20]))
    assert sorted(masks) == [*range(6, 15), 20]
    assert masks[10].area and not masks[20].area
    assert [s.index for s in stops(segment, OracleSlices(TRUTH, missed=[10, 20]))] == [6, 14]


def test_void_clicks_beyond_the_anchors_are_given_as_empty_and_a_run_around_one_says_the_same() -> None:
    segment = SegmentPrompt("a", 1, (), tuple(Point((20, 22, k)) for k in (3, 8, 12)))
    slices = OracleSlices(TRUTH, missed=[3])
    whole = made(segment, slices)
    assert sorted(whole) == [3, *range(8, 13)] and not whole[3].area
    assert_alike(made(segment, slices, around=3), {3: whole[3]})


def test_clicks_without_any_mask_say_so() -> None:
    segment = SegmentPrompt("a", 1, (), (Point((20, 22, 6)),))
    assert {s.reason for s in stops(segment, OracleSlices(TRUTH, [6]))} == {"the prompted slice gave no mask"}


@pytest.fixture(scope="module")
def a_colour_volume() -> medsam.Volume:
    grey = np.where(TRUTH, 200, 60).astype(np.uint8)
    return medsam.Volume(
        np.stack([grey, grey // 2, 255 - grey], axis=-1), medsam.Geometry((48, 48, 30), np.eye(4))
    )


@pytest.mark.parametrize("axis", ["k", "j", "i"])
def test_it_works_on_colour_slices_of_every_orientation(axis: str, a_colour_volume: medsam.Volume) -> None:
    grid = SliceGrid.along(a_colour_volume.geometry, axis)
    side = {"k": TRUTH, "j": TRUTH.transpose(1, 0, 2), "i": TRUTH.transpose(2, 0, 1)}[axis]
    filled = np.flatnonzero(side.any(axis=(1, 2)))
    ends = [int(np.quantile(filled, q)) for q in (0.25, 0.5, 0.75)]
    segment = drawn({ends[1]: side[ends[1]]}, boxes_on(side, ends[0], ends[2]))
    result = medsam.segment_volume(
        a_colour_volume,
        medsam.Prompts((segment,)),
        medsam.load_model("demo", device="cpu", precision="fp32"),
        propagation="anchors",
        grid=grid,
    )
    assert sorted(result.segments[0].confidence) == list(range(ends[0], ends[2] + 1))
    made_side = {"k": (0, 1, 2), "j": (1, 0, 2), "i": (2, 0, 1)}[axis]
    labels = result.labels_kji.transpose(made_side) > 0
    assert dice(labels[ends[1]], side[ends[1]]) == 1
