"""The plain arrays that tests of sessions write into behave as Slicer's own editor does."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import MedSAMError
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from medsam_core.prompts import Box
from medsam_core.session.segment_writer import SegmentEdit, SegmentWriter
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter
from testkit.mrml_nodes import a_new_scene, add_volume

SHAPE = (5, 6, 7)
WHOLE = Box((0, 0, 0), (6, 5, 4))


def an_editor_writer() -> EditorWriter:
    scene = a_new_scene()
    register_segmentation_classes(scene)
    volume = add_volume(scene, np.zeros(SHAPE, np.int16))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segments")
    writer = EditorWriter(scene, node, volume, undo_steps=40)
    writer.editor_node.SetOverwriteMode(writer.editor_node.OverwriteNone)
    return writer


@st.composite
def edits(draw: st.DrawFn) -> tuple[int, VoxelPatch, str, str]:
    start = tuple(draw(st.integers(0, n - 1)) for n in SHAPE)
    size = tuple(draw(st.integers(1, n - a)) for a, n in zip(start, SHAPE, strict=True))
    mask = np.random.default_rng(draw(st.integers(0, 99))).random(size) > 0.4
    mode = draw(st.sampled_from(["add", "replace", "erase"]))
    return draw(st.integers(0, 2)), VoxelPatch(start, mask), mode, draw(st.sampled_from("ab"))


STEPS = st.one_of(st.lists(edits(), min_size=1, max_size=2), st.sampled_from(["undo", "redo"]))


def done(writer: SegmentWriter, ids: list[str], step: object) -> object:
    """What the writer answers; the kind of its error if it refuses."""
    try:
        if isinstance(step, str):
            return getattr(writer, step)()
        asked = [SegmentEdit(ids[n], patch, mode, {"note": tag}) for n, patch, mode, tag in step]  # type: ignore[attr-defined, arg-type]
        return {ids.index(k): n for k, n in writer.write(asked).voxels.items() if n}
    except MedSAMError:
        return MedSAMError


def state(writer: SegmentWriter, ids: list[str]) -> list:
    return [
        [
            writer.read(one, WHOLE).mask_kji.tolist(),
            writer.protected(one, WHOLE).tolist(),
            writer.tag(one, "note"),
        ]
        for one in ids
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.integers(0, 2)), st.lists(STEPS, max_size=6))
def test_the_same_steps_lead_to_the_same_segments(locked: set[int], steps: list) -> None:
    writers: list[SegmentWriter] = [an_editor_writer(), ArrayWriter(SHAPE)]
    ids = [[writer.add_segment(name) for name in "xyz"] for writer in writers]
    for writer, own in zip(writers, ids, strict=True):
        writer.write([SegmentEdit(own[0], VoxelPatch((0, 0, 0), np.ones((2, 2, 2), bool)), "add")])
        for n in locked:
            writer.protect(own[n])  # type: ignore[attr-defined]
    undoable = 1
    for step in steps:
        if step == "undo" and not undoable:
            continue  # in a scene adding a segment is a step too
        answers = [done(writer, own, step) for writer, own in zip(writers, ids, strict=True)]
        assert answers[0] == answers[1], step
        undoable += {"undo": -1, "redo": 1}.get(step, 0) if isinstance(step, str) and answers[0] else 0
        undoable += isinstance(step, list) and answers[0] is not MedSAMError
        assert state(writers[0], ids[0]) == state(writers[1], ids[1]), step
