"""Steps of undo, and settings that a change leaves alone."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.mrml.editor_history import EditorHistory
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.segmentation_node import make_segmentation_node
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.segments import labelmaps_of

SHAPE = an_oblique_geometry().shape_kji


@pytest.fixture
def a_history() -> EditorHistory:
    scene = a_new_scene()
    volume = add_volume_on(scene, an_oblique_geometry(), "CT")
    return EditorHistory(scene, make_segmentation_node(scene, volume), volume, undo_steps=3, verbose=True)


def put(history: EditorHistory, segment_id: str, mask: np.ndarray, **how: bool) -> None:
    volume = history.editor.GetSourceVolumeNode()
    grid = SegmentReader(history.node, volume).reference_grid()
    history.add(segment_id, grid.image((0, 0, 0), mask), **how)


def add_segment(history: EditorHistory, name: str) -> str:
    return history.node.GetSegmentation().AddEmptySegment("", name)


def test_steps_within_a_step_belong_to_it(a_history: EditorHistory) -> None:
    with a_history.one_step():
        with a_history.one_step():
            own = add_segment(a_history, "liver")
        put(a_history, own, np.ones(SHAPE, bool))
    assert a_history.undo()
    assert a_history.node.GetSegmentation().GetNumberOfSegments() == 0
    assert not a_history.undo()
    assert a_history.redo()
    assert labelmaps_of(a_history.node, SHAPE)[own].all()
    assert not a_history.redo()


def test_only_the_asked_number_of_steps_is_kept(a_history: EditorHistory) -> None:
    for name in "abcde":
        with a_history.one_step():
            add_segment(a_history, name)
    assert [a_history.undo() for _ in range(4)] == [True, True, True, False]
    assert a_history.node.GetSegmentation().GetNumberOfSegments() == 2


def test_others_give_way_or_not_as_asked(a_history: EditorHistory) -> None:
    own, other = add_segment(a_history, "liver"), add_segment(a_history, "kidney")
    put(a_history, own, np.ones(SHAPE, bool))
    put(a_history, other, np.ones(SHAPE, bool), overwrite=False)
    assert labelmaps_of(a_history.node, SHAPE)[own].all()
    put(a_history, other, np.ones(SHAPE, bool))
    assert not labelmaps_of(a_history.node, SHAPE)[own].any()


def test_settings_stay_also_after_an_error(a_history: EditorHistory) -> None:
    editor = a_history.editor
    editor.SetMaskMode(a_history.node.EditAllowedInsideAllSegments)
    editor.SetOverwriteMode(editor.OverwriteVisibleSegments)
    with pytest.raises(TypeError):
        put(a_history, 7, np.ones(SHAPE, bool), overwrite=False)  # type: ignore[arg-type]
    assert editor.GetMaskMode() == a_history.node.EditAllowedInsideAllSegments
    assert editor.GetOverwriteMode() == editor.OverwriteVisibleSegments
    assert not editor.GetDisableModifiedEvent()


def test_closing_takes_away_the_settings_that_were_made_here_and_no_others(a_history: EditorHistory) -> None:
    scene, volume = a_history.node.GetScene(), a_history.editor.GetSourceVolumeNode()
    users = scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode", "the user's")
    EditorHistory(scene, a_history.node, volume, users).close()
    assert users.GetScene() is scene
    a_history.close()
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentEditorNode") == 1
