"""Prompts in every form a caller may give them; and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.errors import PromptError
from medsam_core.inference.slice_prompts import SlicePrompts, read_prompts

SIZE_YX = (40, 60)


def read(**prompts: Any) -> SlicePrompts | None:
    return read_prompts(SIZE_YX, 16, **prompts)


@pytest.mark.parametrize(
    "boxes",
    [[1, 2, 30, 20], [[1, 2, 30, 20]], np.array([1, 2, 30, 20]), ((1, 2, 30, 20),), [[1.0, 2, 30, 20]]],
)
def test_one_box_may_be_a_row_or_a_table(boxes: Any) -> None:
    prompts = read(boxes_xyxy=boxes)
    assert [box.tolist() for box in prompts.boxes] == [[1, 2, 30, 20]]
    assert [len(points) for points in prompts.points] == [0]


@pytest.mark.parametrize("points", [[[3, 4], [5, 6]], [[[3, 4], [5, 6]]], np.array([[3, 4], [5, 6]])])
@pytest.mark.parametrize("labels", [[1, 0], [[1, 0]], [True, False], np.array([[1, 0]])])
def test_clicks_of_one_prompt_may_be_given_flat_or_nested(points: Any, labels: Any) -> None:
    prompts = read(points_xy=points, point_labels=labels)
    assert [p.tolist() for p in prompts.points] == [[[3, 4], [5, 6]]]
    assert [lab.tolist() for lab in prompts.labels] == [[1, 0]]


def test_prompts_may_have_different_numbers_of_clicks_and_boxes_may_be_left_out() -> None:
    prompts = read(
        boxes_xyxy=[None, [0, 0, 9, 9], [1, 1, 2, 2]],
        points_xy=[[[3, 4], [5, 6]], None, [[1, 1]]],
        point_labels=[[1, 0], None, [1]],
    )
    assert [box is None for box in prompts.boxes] == [True, False, False]
    assert [len(points) for points in prompts.points] == [2, 0, 1]
    assert [labels.tolist() for labels in prompts.labels] == [[1, 0], [], [1]]


def test_clicks_without_labels_are_inside_the_object() -> None:
    assert read(points_xy=[[3, 4], [5, 6]]).labels[0].tolist() == [1, 1]


def test_nothing_is_nothing() -> None:
    assert read() is None


def test_a_box_of_one_pixel_and_one_to_the_outer_edge_are_taken() -> None:
    assert len(read(boxes_xyxy=[[5, 5, 5, 5], [0, 0, 59, 39], [0, 0, 60, 40]]).boxes) == 3


@pytest.mark.parametrize(
    ("prompts", "words"),
    [
        ({"boxes_xyxy": [[30, 2, 1, 20]]}, "box 0.*inverted"),
        ({"boxes_xyxy": [[1, 2, 3, 4], [1, 20, 30, 2]]}, "box 1.*inverted"),
        ({"boxes_xyxy": [0, 0, 61, 10]}, "outside.*x goes from 0 to 59"),
        ({"boxes_xyxy": [-3, 0, 6, 10]}, "outside"),
        ({"boxes_xyxy": [60, 0, 60, 10]}, "outside"),
        ({"boxes_xyxy": [0, 0, np.nan, 10]}, "not finite"),
        ({"boxes_xyxy": [0, 0, 10]}, "give 4"),
        ({"boxes_xyxy": [[0, 0, 10, 10], [1, 2]]}, "box 1.*give 4"),
        ({"boxes_xyxy": np.zeros((1, 2, 4))}, "box 0: 2 x 4 numbers"),
        ({"boxes_xyxy": []}, "not a list with numbers"),
        ({"boxes_xyxy": "0,0,1,1"}, "not a list"),
        ({"boxes_xyxy": [["a", "b", "c", "d"]]}, "not an array of numbers"),
        ({"boxes_xyxy": [None]}, "neither a box nor a click"),
        ({"points_xy": [[3, 40]]}, r"\(3, 40\) is outside"),
        ({"points_xy": [[np.inf, 4]]}, "not finite"),
        ({"points_xy": [3, 4]}, "n x 2"),
        ({"points_xy": [[3, 4, 5]]}, "n x 2"),
        ({"points_xy": [[3, 4]], "point_labels": [2]}, "neither 0 nor 1"),
        ({"points_xy": [[3, 4]], "point_labels": [1, 0]}, "2 numbers were given"),
        ({"points_xy": [[[3, 4]], [[1, 1]]], "point_labels": [[1]]}, "1 of them for 2 prompts"),
        ({"boxes_xyxy": [[0, 0, 9, 9]], "points_xy": [[[3, 4]], [[1, 1]]]}, "2 of them for 1 prompts"),
        ({"boxes_xyxy": [0, 0, 9, 9], "point_labels": [1]}, "no points to label"),
        ({"mask_logits": np.zeros((1, 1, 16, 16))}, "cannot stand alone"),
        ({"boxes_xyxy": [0, 0, 9, 9], "mask_logits": np.zeros((1, 16, 16))}, "1 x 1 x 16 x 16"),
        ({"boxes_xyxy": [0, 0, 9, 9], "mask_logits": np.full((1, 1, 16, 16), np.nan)}, "not finite"),
    ],
)
def test_what_cannot_be_a_prompt_is_refused_with_its_name_and_a_remedy(prompts: dict, words: str) -> None:
    with pytest.raises(PromptError, match=words) as caught:
        read(**prompts)
    assert "; " in str(caught.value)
