"""Whatever a node is called, its name makes a segment and fits into a message."""

from __future__ import annotations

from typing import Any

import pytest

from medsam_core.mrml.node_names import clean_name, subject_of
from medsam_core.prompts import LONGEST_NAME, Point, SegmentPrompt


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("liver", "liver"),
        ("  two\nlines \t", "two lines"),
        ("\x1b[31mred\x07", "[31mred"),
        ("", "volume"),
        (" \n ", "volume"),
        ("Läsion № 3", "Läsion № 3"),
        ("a" * 500, "a" * LONGEST_NAME),
        ("b" * (LONGEST_NAME - 1) + " c", "b" * (LONGEST_NAME - 1)),
    ],
)
def test_a_name_is_one_clean_line_that_a_segment_may_have(a_scene: Any, name: str, clean: str) -> None:
    node = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    node.SetName(name)
    assert clean_name(node, "volume") == clean
    assert SegmentPrompt(clean_name(node, "volume"), 1, points=(Point((0, 0, 0)),)).name == clean


def test_a_node_that_never_had_a_name_is_called_otherwise(a_scene: Any) -> None:
    node = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    node.SetName(None)
    assert clean_name(node, "volume") == "volume"
    assert subject_of(node, "volume") == "volume 'without a name'"


def test_a_long_name_does_not_drown_the_message(a_scene: Any) -> None:
    node = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "x" * 1000)
    assert len(subject_of(node, "volume")) < 80
