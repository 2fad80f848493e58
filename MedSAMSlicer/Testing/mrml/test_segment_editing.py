"""One edit as modifications of labelmaps; see test_editor_writer.py for the laws of what comes of it."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import OutputError
from medsam_core.mrml.editor_history import EditorHistory
from medsam_core.mrml.segment_editing import SegmentEditing
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.segmentation_node import make_segmentation_node
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.segments import edit, labelmaps_of

SHAPE = an_oblique_geometry().shape_kji


@pytest.fixture
def a_history() -> EditorHistory:
    scene = a_new_scene()
    volume = add_volume_on(scene, an_oblique_geometry(), "CT")
    history = EditorHistory(scene, make_segmentation_node(scene, volume), volume, verbose=True)
    for name in ("liver", "kidney"):
        history.node.GetSegmentation().AddEmptySegment(name, name)
    return history


@pytest.fixture
def an_editing(a_history: EditorHistory) -> SegmentEditing:
    return SegmentEditing(a_history, SegmentReader(a_history.node, a_history.editor.GetSourceVolumeNode()))


def test_what_came_and_went_is_counted_for_all_segments(
    a_history: EditorHistory, an_editing: SegmentEditing
) -> None:
    lower = np.zeros(SHAPE, bool)
    lower[:2] = True
    assert an_editing.apply(edit("liver", lower), ()) == {"liver": lower.sum()}
    taken = an_editing.apply(edit("kidney", np.ones((1, *SHAPE[1:]), bool), "add"), ())
    assert taken == {"liver": lower.sum() // 2, "kidney": lower.sum() // 2}
    assert an_editing.apply(edit("kidney", np.ones((1, 1, 1), bool), "add"), ()) == {}


def test_protected_segments_are_left_out_of_what_comes(
    a_history: EditorHistory, an_editing: SegmentEditing
) -> None:
    an_editing.apply(edit("liver", np.ones((1, *SHAPE[1:]), bool)), ())
    an_editing.apply(edit("kidney", np.ones(SHAPE, bool)), ("liver",))
    masks = labelmaps_of(a_history.node, SHAPE)
    assert masks["liver"][0].all()
    assert masks["kidney"][1:].all()
    assert not masks["kidney"][0].any()


def test_a_change_that_slicer_does_not_take_is_an_error(
    a_history: EditorHistory, an_editing: SegmentEditing
) -> None:
    a_history._logic.SetSegmentEditorNode(None)  # Slicer does nothing then, and says so on stderr alone
    with pytest.raises(OutputError, match="segment 'liver': Slicer did not take the change"):
        an_editing.apply(edit("liver", np.ones(SHAPE, bool)), ())
