"""Prompts become tokens in segment-anything's order."""

from __future__ import annotations

import numpy as np

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.presets import PRESETS
from medsam_core.inference.prompt_groups import group_prompts
from medsam_core.inference.slice_prompts import read_prompts

PRESET = PRESETS["medsam"]
FRAME = ImageFrame.of((512, 256), PRESET)  # x doubles twice, y once


def groups(**prompts: object) -> list:
    return group_prompts(read_prompts(FRAME.size_yx, 256, **prompts), FRAME, PRESET)


def test_a_box_is_two_corner_tokens() -> None:
    (group,) = groups(boxes_xyxy=[10, 20, 30, 40])
    assert group.arrays.points_xy.tolist() == [[[40, 40], [120, 80]]]
    assert group.arrays.labels.tolist() == [[2, 3]]


def test_clicks_alone_end_in_a_padding_token() -> None:
    (group,) = groups(points_xy=[[1, 2], [3, 4]], point_labels=[1, 0])
    assert group.arrays.points_xy.tolist() == [[[4, 4], [12, 8], [0, 0]]]
    assert group.arrays.labels.tolist() == [[1, 0, -1]]


def test_clicks_come_before_the_box_and_without_padding() -> None:
    (group,) = groups(boxes_xyxy=[10, 20, 30, 40], points_xy=[[1, 2]])
    assert group.arrays.labels.tolist() == [[1, 2, 3]]
    assert group.arrays.points_xy.dtype == np.float32
    assert group.arrays.labels.dtype == np.int64


def test_a_group_falls_into_pieces_in_order() -> None:
    (group,) = groups(boxes_xyxy=[[n, n, n + 5, n + 5] for n in range(7)])
    pieces = group.pieces(3)
    assert [piece.places.tolist() for piece in pieces] == [[0, 1, 2], [3, 4, 5], [6]]
    assert np.array_equal(
        np.concatenate([piece.arrays.points_xy for piece in pieces]), group.arrays.points_xy
    )


def test_every_prompt_is_in_one_group_with_prompts_of_its_own_kind() -> None:
    found = groups(
        boxes_xyxy=[[1, 1, 5, 5], None, [2, 2, 6, 6], None, [3, 3, 7, 7]],
        points_xy=[None, [[1, 1]], None, [[1, 1], [2, 2]], [[4, 4]]],
        mask_logits=np.arange(5, dtype=np.float32)[:, None, None, None]
        * np.ones((1, 1, 256, 256), np.float32),
    )
    assert sorted(sorted(group.places.tolist()) for group in found) == [[0, 2], [1], [3], [4]]
    for group in found:
        assert group.arrays.labels.shape == group.arrays.points_xy.shape[:2]
        assert group.arrays.mask_logits[:, 0, 0, 0].tolist() == group.places.tolist()
