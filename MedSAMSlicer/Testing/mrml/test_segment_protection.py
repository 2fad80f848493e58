"""Protected segments, in memory and in their tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from medsam_core.mrml.segment_protection import SegmentProtection
from medsam_core.mrml.segment_tags import PROTECTED, is_protected, set_tag
from medsam_core.mrml.segmentation_node import make_segmentation_node
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on


@pytest.fixture
def settings() -> Any:
    from slicer import vtkMRMLSegmentEditorNode

    return vtkMRMLSegmentEditorNode()


@pytest.fixture
def a_node() -> Iterator[Any]:
    scene = a_new_scene()
    node = make_segmentation_node(scene, add_volume_on(scene, an_oblique_geometry(), "CT"))
    for name in ("liver", "kidney", "spleen"):
        node.GetSegmentation().AddEmptySegment(name, name)
    yield node  # the scene lives on until then


def test_what_is_told_counts_before_the_tag_and_is_kept_when_asked(a_node: Any, settings: Any) -> None:
    set_tag(a_node, "kidney", PROTECTED, "1")
    protection = SegmentProtection(a_node, settings)
    protection.tell("liver", True)
    assert [protection.is_protected(one) for one in ("liver", "kidney", "spleen")] == [True, True, False]
    assert not is_protected(a_node, "liver")
    protection.tell("kidney", False)
    protection.keep()
    assert [is_protected(a_node, one) for one in ("liver", "kidney", "spleen")] == [True, False, False]


def test_an_edit_must_not_change_the_protected_others(a_node: Any, settings: Any) -> None:
    protection = SegmentProtection(a_node, settings)
    protection.tell("liver", True)
    assert protection.from_edits_of("liver") == []
    assert protection.from_edits_of("kidney") == ["liver"]
    protection.all_others = True
    assert protection.from_edits_of("kidney") == ["liver", "spleen"]


def test_a_segment_that_is_gone_is_no_hindrance(a_node: Any, settings: Any) -> None:
    protection = SegmentProtection(a_node, settings)
    protection.tell("liver", True)
    a_node.GetSegmentation().RemoveSegment("liver")
    protection.keep()
    assert protection.from_edits_of("kidney") == []


def test_what_the_settings_let_overlap_needs_no_protection(a_node: Any, settings: Any) -> None:
    protection = SegmentProtection(a_node, settings)
    protection.all_others = True
    settings.SetOverwriteMode(settings.OverwriteNone)
    assert protection.from_edits_of("kidney") == []
    a_node.GetDisplayNode().SetSegmentVisibility("spleen", False)
    settings.SetOverwriteMode(settings.OverwriteVisibleSegments)
    assert protection.from_edits_of("kidney") == ["liver"]
    protection.tell("spleen", True)
    assert protection.from_edits_of("kidney") == ["liver", "spleen"], "it was marked so itself"


def test_a_segment_that_editing_is_to_happen_inside_of_is_open(a_node: Any, settings: Any) -> None:
    protection = SegmentProtection(a_node, settings)
    protection.all_others = True
    settings.SetMaskMode(a_node.EditAllowedInsideSingleSegment)
    settings.SetMaskSegmentID("liver")
    assert protection.from_edits_of("kidney") == ["spleen"]
    settings.SetMaskMode(a_node.EditAllowedInsideAllSegments)
    assert protection.from_edits_of("kidney") == []
    settings.SetMaskMode(a_node.EditAllowedOutsideAllSegments)
    assert protection.from_edits_of("kidney") == ["liver", "spleen"]
