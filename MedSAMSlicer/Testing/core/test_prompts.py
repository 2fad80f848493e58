"""Boxes and points mean voxels, and nonsense is refused with the right range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.errors import PromptError
from medsam_core.geometry import FRAMES, Geometry
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, Point, Prompts, SegmentPrompt, nearest_voxel, parse_box
from testkit.geometries import a_sheared_geometry, an_oblique_geometry, geometries

GRID = an_oblique_geometry()  # 6 x 5 x 4
A_BOX = Box((0, 1, 2), (3, 4, 3))


def test_a_box_is_read_with_both_corners_inside() -> None:
    box = parse_box("0,1,2,3,4,3")
    assert box == A_BOX
    assert box.size_ijk == (4, 4, 2)
    assert list(box.slices_k) == [2, 3]
    assert box.box_xyxy == (0, 1, 3, 4)
    assert parse_box(" 1, 1 ,1,1,1,1 ").size_ijk == (1, 1, 1)


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 9)] * 3), st.tuples(*[st.integers(0, 9)] * 3))
def test_a_box_reads_back_from_its_text_and_its_corners_in_any_order(one: tuple, two: tuple) -> None:
    box = Box.between(one, two)
    assert box == Box.between(two, one)
    assert parse_box(str(box)) == box
    assert all(low <= c <= high for low, c, high in zip(box.min_ijk, one, box.max_ijk, strict=True))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2,3,4,5", "has 5 numbers; give six"),
        ("1,2,3,4,5,6,7", "has 7 numbers"),
        ("", "has 1 numbers"),
        ("1,2,3,4,5,x", "'x' is no whole number"),
        ("1,2,3,4,5,6.5", "'6.5' is no whole number"),
        ("1,2,3,4,5,", "'' is no whole number"),
        ("1 2 3 4 5 6", "has 1 numbers"),
        ("1,2,3,4,5,1e3", "no whole number"),
        ("1,2,3,4,5,٣", "no whole number"),
        ("1,2,3,4,5," + "9" * 30, "no whole number"),
        ("4,2,3,1,5,6", "inverted; give the smaller corner first"),
        ("1,2,9,4,5,6", "inverted"),
        ("1,2,3,4,5,6\n7", "no whole number"),
    ],
)
def test_text_that_is_no_box_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(PromptError, match=words) as caught:
        parse_box(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("box", "inside"),
    [
        ("0,0,0,5,4,3", True),
        ("4,3,3,5,4,3", True),
        ("0,0,0,6,4,3", False),
        ("0,0,0,5,5,3", False),
        ("0,0,0,5,4,4", False),
        ("-1,0,0,5,4,3", False),
        ("9,9,9,12,12,12", False),
    ],
)
def test_a_box_that_reaches_out_by_one_voxel_is_refused_with_the_valid_range(box: str, inside: bool) -> None:
    prompts = Prompts.from_boxes([parse_box(box)])
    if inside:
        prompts.check_inside(GRID)
        return
    with pytest.raises(
        PromptError, match=r"6 x 5 x 4 voxels; valid are I 0 to 5, J 0 to 4, K 0 to 3"
    ) as caught:
        prompts.check_inside(GRID)
    assert "segment 1" in str(caught.value)


def test_a_point_outside_is_refused() -> None:
    Point((5, 4, 3)).check_inside(GRID)
    with pytest.raises(PromptError, match="point 5,4,4"):
        Point((5, 4, 4)).check_inside(GRID)


@pytest.mark.parametrize(
    "corner", [(1, 2), (1, 2, 3, 4), (1.5, 2, 3), (True, 1, 2), "123", None, (np.nan, 1, 2), (1, 2, None)]
)
def test_what_is_no_voxel_makes_no_box_and_no_point(corner: object) -> None:
    for make in (lambda: Box(corner, (9, 9, 9)), lambda: Point(corner)):
        with pytest.raises(PromptError, match="whole numbers i, j, k"):
            make()


def test_numpy_voxels_become_plain_numbers() -> None:
    box = Box(np.array([0, 1, 2]), (np.int64(3), 4, 3))
    assert box == A_BOX
    assert all(type(value) is int for value in (*box.min_ijk, *box.max_ijk))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": 0}, "its label is 0; give one from 1 to 65535"),
        ({"label": -1}, "label is -1"),
        ({"label": 65536}, "label is 65536"),
        ({"label": True}, "no whole number"),
        ({"label": 1.0}, "no whole number"),
        ({"name": ""}, "0 characters"),
        ({"name": "  "}, "0 characters"),
        ({"name": "x" * 129}, "129 characters"),
        ({"name": "a\nb"}, "control characters"),
        ({"name": "a\x00b"}, "control characters"),
        ({"name": "a\u2028b"}, "control characters"),
        ({"boxes": ()}, "no box and no positive point"),
        ({"boxes": (), "points": (Point((0, 0, 0), False),)}, "no box and no positive point"),
    ],
)
def test_a_segment_that_makes_no_sense_is_refused_in_one_line(change: dict, words: str) -> None:
    with pytest.raises(PromptError, match=words) as caught:
        SegmentPrompt(**{"name": "liver", "label": 1, "boxes": (A_BOX,), **change})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["Leber ü", "肝", "a|b", "left kidney (lower pole)", "x" * 128])
def test_names_in_any_script_are_fine(name: str) -> None:
    assert SegmentPrompt(name, 65535, (A_BOX,)).name == name


def test_a_positive_point_alone_makes_a_segment() -> None:
    SegmentPrompt("liver", 1, (), (Point((0, 0, 0)), Point((1, 1, 1), False)))


def test_no_segments_and_shared_labels_are_refused() -> None:
    with pytest.raises(PromptError, match="there are none"):
        Prompts(())
    with pytest.raises(PromptError, match="segments 'liver', 'spleen': share the label 3"):
        Prompts((SegmentPrompt("liver", 3, (A_BOX,)), SegmentPrompt("spleen", 3, (A_BOX,))))


def test_boxes_of_the_command_line_get_labels_in_order() -> None:
    prompts = Prompts.from_boxes([A_BOX, parse_box("1,1,1,2,2,2")])
    assert prompts.names == {1: "segment 1", 2: "segment 2"}
    assert [segment.boxes for segment in prompts.segments] == [(A_BOX,), (parse_box("1,1,1,2,2,2"),)]
    assert Prompts.from_boxes([A_BOX, A_BOX], ["liver", "liver"]).names == {1: "liver", 2: "liver"}


@pytest.mark.parametrize("names", [["liver"], ["liver", "spleen", "kidney"]])
def test_names_and_boxes_are_as_many(names: list[str]) -> None:
    with pytest.raises(PromptError, match=f"the names are {len(names)}, the boxes 2; give one for each"):
        Prompts.from_boxes([A_BOX, A_BOX], names)


@settings(deadline=None)
@given(geometries(sheared=True), st.data())
def test_a_voxel_is_found_from_anywhere_inside_it_in_every_frame(
    geometry: Geometry, data: st.DataObject
) -> None:
    voxel = tuple(data.draw(st.integers(0, size - 1)) for size in geometry.size_ijk)
    offset = [data.draw(st.floats(-0.49, 0.49)) for _ in range(3)]
    for frame in FRAMES:
        position = geometry.from_ijk(np.add(voxel, offset), frame)
        assert nearest_voxel(position, frame, geometry, "point") == voxel


@pytest.mark.parametrize("geometry", [GRID, a_sheared_geometry()], ids=["oblique", "sheared"])
@pytest.mark.parametrize("frame", FRAMES)
def test_the_faces_of_the_volume_are_inside_and_a_little_further_is_not(
    geometry: Geometry, frame: str
) -> None:
    low, high = (-0.5, -0.5, -0.5), np.array(geometry.size_ijk) - 0.5
    assert nearest_voxel(geometry.from_ijk(low, frame), frame, geometry, "p") == (0, 0, 0)
    assert nearest_voxel(geometry.from_ijk(high, frame), frame, geometry, "p") == (5, 4, 3)
    for axis in range(3):
        for edge, step in ((low, -0.02), (high, 0.02)):
            outside = np.array(edge, dtype=float)
            outside[axis] += step
            with pytest.raises(PromptError, match=r"p: lies outside of the volume.*valid are I 0 to 5"):
                nearest_voxel(geometry.from_ijk(outside, frame), frame, geometry, "p")


@pytest.mark.parametrize("text", ["2,1,0,2,3,1", "1,2,0,3,2,1"])
def test_a_box_of_one_row_or_column_is_refused(text: str) -> None:
    with pytest.raises(PromptError, match="no size"):
        parse_box(text).check_inside(Geometry((6, 5, 4), np.eye(4)))


def test_a_drawn_mask_alone_is_a_prompt() -> None:
    mask = MaskPrompt.of(2, np.ones((4, 5), bool))
    prompts = Prompts((SegmentPrompt("liver", 1, masks=(mask,)),))
    prompts.check_inside(Geometry((5, 4, 3), np.eye(4)))
    with pytest.raises(PromptError, match="segment 'liver': mask on slice 2: reaches outside"):
        prompts.check_inside(Geometry((5, 4, 2), np.eye(4)))


def test_two_drawn_masks_on_one_slice_are_refused() -> None:
    masks = [MaskPrompt.of(2, np.eye(4, dtype=bool)), MaskPrompt.of(2, np.ones((4, 4), bool))]
    with pytest.raises(PromptError, match="two masks on one slice"):
        SegmentPrompt("liver", 1, masks=tuple(masks))
