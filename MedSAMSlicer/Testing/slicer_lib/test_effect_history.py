"""Steps through the Segment Editor's own history, over Slicer's own editing logic."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.mrml.editor_writer import EditorWriter
from MedSAMSlicerLib.effect_history import EffectHistory
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.segment_editor_double import EditorDouble
from testkit.segments import edit, labelmaps_of, masks_of, same_masks

SHAPE = an_oblique_geometry().shape_kji


@pytest.fixture
def an_editor() -> EditorDouble:
    scene = a_new_scene()
    return EditorDouble(scene, add_volume_on(scene, an_oblique_geometry(), "CT"))


def writer_of(editor: EditorDouble) -> EditorWriter:
    node = editor.node
    history = EffectHistory(editor, editor)
    return EditorWriter(
        node.GetScene(), node.GetSegmentationNode(), node.GetSourceVolumeNode(), history=history
    )


def a_block(first: int, last: int) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[first : last + 1, 1:4, 1:4] = True
    return mask


def test_a_step_is_one_of_the_editors_own(an_editor: EditorDouble) -> None:
    writer, own = writer_of(an_editor), an_editor.add_segment("liver")
    before = labelmaps_of(writer.node, SHAPE)
    writer.write([edit(own, a_block(0, 1)), edit(own, a_block(1, 2), "erase")])
    assert an_editor.can_undo and writer.can_undo
    an_editor.undo()
    assert same_masks(labelmaps_of(writer.node, SHAPE), before)
    assert writer.redo()
    np.testing.assert_array_equal(masks_of(writer)[own], a_block(0, 0))


def test_steps_of_other_effects_are_taken_back_in_their_order(an_editor: EditorDouble) -> None:
    writer, own = writer_of(an_editor), an_editor.add_segment("liver")
    writer.write([edit(own, a_block(0, 0))])
    first = labelmaps_of(writer.node, SHAPE)
    an_editor.saveStateForUndo()  # somebody paints
    image = writer._reader.reference_grid().image((0, 0, 0), a_block(2, 2))
    add = an_editor.ModificationModeAdd
    an_editor.modifySelectedSegmentByLabelmap(image, add, list(image.GetExtent()), False)
    assert not same_masks(labelmaps_of(writer.node, SHAPE), first)
    assert writer.undo()
    assert same_masks(labelmaps_of(writer.node, SHAPE), first)
    assert writer.undo()
    assert not labelmaps_of(writer.node, SHAPE)[own].any()


def test_another_segment_than_the_selected_one_is_written_and_the_selection_stays(
    an_editor: EditorDouble,
) -> None:
    writer = writer_of(an_editor)
    first, second = (an_editor.add_segment(name) for name in ("liver", "kidney"))
    told: list[str] = []
    an_editor.node.AddObserver("ModifiedEvent", lambda *_: told.append("changed"))
    writer.write([edit(first, a_block(0, 0))])
    assert masks_of(writer)[first].any() and not masks_of(writer)[second].any()
    assert an_editor.node.GetSelectedSegmentID() == second and told == []


@pytest.mark.parametrize("overwrite", ["OverwriteAllSegments", "OverwriteNone", "OverwriteVisibleSegments"])
def test_the_editors_overwrite_mode_holds(an_editor: EditorDouble, overwrite: str) -> None:
    writer = writer_of(an_editor)
    first, second = (an_editor.add_segment(name) for name in ("liver", "kidney"))
    writer.write([edit(first, a_block(0, 1))])
    an_editor.node.SetOverwriteMode(getattr(an_editor.node, overwrite))
    writer.node.GetDisplayNode().SetSegmentVisibility(first, overwrite != "OverwriteVisibleSegments")
    writer.write([edit(second, a_block(1, 2))])
    np.testing.assert_array_equal(masks_of(writer)[second], a_block(1, 2))
    gave_way = overwrite == "OverwriteAllSegments"
    np.testing.assert_array_equal(masks_of(writer)[first], a_block(0, 0 if gave_way else 1))


def test_the_editable_intensities_hold(an_editor: EditorDouble) -> None:
    writer, own = writer_of(an_editor), an_editor.add_segment("liver")
    values = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    an_editor.node.SetSourceVolumeIntensityMask(True)
    an_editor.node.SetSourceVolumeIntensityMaskRange(30.0, 70.0)
    writer.write([edit(own, a_block(0, 3))])
    np.testing.assert_array_equal(masks_of(writer)[own], a_block(0, 3) & (values >= 30) & (values <= 70))


def test_an_error_takes_back_what_was_done(an_editor: EditorDouble) -> None:
    writer, own = writer_of(an_editor), an_editor.add_segment("liver")
    with pytest.raises(RuntimeError), writer.one_step():
        writer.write([edit(own, a_block(0, 1))])
        raise RuntimeError
    assert not labelmaps_of(writer.node, SHAPE)[own].any()


def test_without_its_segmentation_in_the_editor_nothing_can_be_undone(an_editor: EditorDouble) -> None:
    writer, own = writer_of(an_editor), an_editor.add_segment("liver")
    writer.write([edit(own, a_block(0, 1))])
    other = an_editor.node.GetScene().AddNewNodeByClass("vtkMRMLSegmentationNode", "other")
    an_editor.edit(other, an_editor.node.GetSourceVolumeNode())
    assert not writer.can_undo and not writer.undo()
