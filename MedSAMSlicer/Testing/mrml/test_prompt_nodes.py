"""Whatever a user may give, as prompts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medsam_core.errors import PromptError
from medsam_core.mrml.prompt_nodes import prompts_from
from medsam_core.mrml.volume_node import volume_of
from medsam_core.prompts import Box, Point, Prompts, SegmentPrompt
from medsam_core.prompts_file import write_prompts
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.mrml_nodes import a_new_scene, add_line, add_points, add_roi, add_volume

BOX, OTHER = Box((1, 2, 3), (8, 9, 5)), Box((4, 4, 4), (9, 9, 4))


@pytest.fixture
def scene() -> Any:
    return a_new_scene()


@pytest.fixture
def volume(scene: Any) -> Volume:
    return volume_of(add_volume(scene, np.zeros((10, 20, 30), np.uint8), np.eye(4), "CT"))


def test_prompts_and_boxes_are_taken_as_they_are(volume: Volume) -> None:
    prompts = Prompts.from_boxes([BOX, OTHER])
    assert prompts_from(prompts, volume) is prompts
    assert prompts_from([BOX, OTHER], volume) == prompts
    assert prompts_from(BOX, volume) == Prompts.from_boxes([BOX])
    one = SegmentPrompt("liver", 7, (BOX,))
    assert prompts_from([one, one], volume).names == {1: "liver", 2: "liver"}


def test_a_file_is_read(volume: Volume, tmp_path: Path) -> None:
    write_prompts(Prompts.from_boxes([BOX]), tmp_path / "p.json", volume.geometry)
    assert prompts_from(tmp_path / "p.json", volume) == Prompts.from_boxes([BOX])
    assert prompts_from(str(tmp_path / "p.json"), volume) == Prompts.from_boxes([BOX])
    with pytest.raises(PromptError, match="is in the volume's own slices"):
        prompts_from(tmp_path / "p.json", volume, grid=SliceGrid.along(volume.geometry, "j"))


def test_each_node_of_a_list_is_a_segment_and_a_list_within_is_one(scene: Any, volume: Volume) -> None:
    roi = add_roi(scene, [10, 10, 5], [6, 6, 4], name="liver")
    points = add_points(scene, [[10, 10, 5], [20, 10, 5]], "kidney")
    apart = prompts_from([roi, points], volume)
    assert apart.names == {1: "liver", 2: "kidney"}
    assert [(len(s.boxes), len(s.points)) for s in apart.segments] == [(1, 0), (0, 2)]
    together = prompts_from([[roi, points]], volume)
    assert together.names == {1: "liver"}
    assert [(len(s.boxes), len(s.points)) for s in together.segments] == [(1, 2)]


def test_lines_of_one_segment_are_its_axes(scene: Any, volume: Volume) -> None:
    lines = [add_line(scene, [4, 10, 5], [16, 10, 5]), add_line(scene, [10, 6, 5], [10, 14, 5])]
    assert prompts_from([lines], volume).segments[0].boxes == (Box((4, 6, 5), (16, 14, 5)),)
    assert len(prompts_from(lines, volume).segments) == 2


def test_negative_points_belong_to_one_segment(scene: Any, volume: Volume) -> None:
    negative = add_points(scene, [[3, 4, 5]], "not")
    found = prompts_from(BOX, volume, negative=negative)
    assert found.segments[0].points == (Point((3, 4, 5), False),)
    with pytest.raises(PromptError, match="belong to none of 2 segments"):
        prompts_from([BOX, OTHER], volume, negative=negative)


def test_a_name_given_is_the_name(volume: Volume) -> None:
    assert prompts_from(BOX, volume, name="liver").names == {1: "liver"}
    assert prompts_from([BOX, OTHER], volume, name="lesion").names == {1: "lesion 1", 2: "lesion 2"}


@pytest.mark.parametrize("given", [None, 7, [3], [[]], {"a": 1}, object()])
def test_what_is_no_prompt_is_refused_with_what_would_be_one(volume: Volume, given: object) -> None:
    with pytest.raises(PromptError, match="is no prompt; give markups"):
        prompts_from(given, volume)


def test_an_empty_list_is_refused(volume: Volume) -> None:
    with pytest.raises(PromptError, match="there are none"):
        prompts_from([], volume)
