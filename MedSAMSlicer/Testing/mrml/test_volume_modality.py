"""A volume's modality is what the scene says of it, and nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest

from medsam_core.mrml.volume_modality import modality_of


def _item(scene: Any, node: Any) -> tuple[Any, int]:
    import slicer

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    return hierarchy, hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)


def test_nothing_said_is_none_and_adds_nothing_to_the_scene(a_scene: Any, a_volume_node: Any) -> None:
    before = a_scene.GetNumberOfNodes()
    assert modality_of(a_volume_node) is None
    assert a_scene.GetNumberOfNodes() == before


def test_a_node_outside_of_any_scene_has_no_modality(a_volume_node: Any) -> None:
    assert modality_of(a_volume_node.NewInstance()) is None


def test_the_dicom_import_writes_it_to_the_subject_hierarchy(a_scene: Any, a_volume_node: Any) -> None:
    import slicer

    hierarchy, item = _item(a_scene, a_volume_node)
    name = slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMSeriesModalityAttributeName()
    hierarchy.SetItemAttribute(item, name, "MR")
    assert modality_of(a_volume_node) == "MR"


def test_an_attribute_of_the_node_serves_a_scene_without_dicom(a_volume_node: Any) -> None:
    a_volume_node.SetAttribute("DICOM.Modality", " us ")
    assert modality_of(a_volume_node) == "US"


def test_hounsfield_units_mean_ct(a_volume_node: Any) -> None:
    import slicer

    unit = slicer.vtkCodedEntry()
    unit.SetValueSchemeMeaning("[hnsf'U]", "UCUM", "Hounsfield unit")
    a_volume_node.SetVoxelValueUnits(unit)
    assert modality_of(a_volume_node) == "CT"


@pytest.mark.parametrize("said", ["C\nT", "x" * 17, "<b>", ""])
def test_what_is_no_code_is_no_modality(a_volume_node: Any, said: str) -> None:
    a_volume_node.SetAttribute("DICOM.Modality", said)
    assert modality_of(a_volume_node) is None
