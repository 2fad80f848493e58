"""A session over a real scene: Slicer's own editor writes, masks, protects and takes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.jobs.worker import Worker
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from medsam_core.mrml.volume_node import volume_of
from medsam_core.session.events import Failure, Written
from medsam_core.session.handler import SessionHandler
from medsam_core.session.session import Session
from testkit.mrml_nodes import a_new_scene, add_transform, add_volume, put_under
from testkit.segments import edit, labelmaps_of, masks_of, same_masks
from testkit.two_balls import LEFT, MIDDLE, RIGHT, SHAPE, two_balls


@pytest.fixture(scope="module")
def demo_model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu", precision="fp32")


@pytest.fixture
def a_writer() -> EditorWriter:
    """Two empty segments on a turned volume under a shearing transform."""
    scene = a_new_scene()
    register_segmentation_classes(scene)
    turned = np.array([[-0.8, 0, 0.1, 30], [0, -0.8, 0, 20], [0.1, 0, 2.5, -10], [0, 0, 0, 1.0]])
    volume = add_volume(scene, two_balls(), turned, "CT")
    shear = np.eye(4)
    shear[0, 1] = 0.3
    put_under(volume, add_transform(scene, shear))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segments")
    put_under(node, volume.GetParentTransformNode())
    writer = EditorWriter(scene, node, volume)
    for name in ("left", "right"):
        writer.add_segment(name)
    return writer


@pytest.fixture
def a_session(a_writer: EditorWriter, demo_model: medsam.Model) -> Any:
    worker = Worker(SessionHandler(EmbeddingCache()))
    session = Session(worker, a_writer)
    session.set_model(demo_model)
    session.set_volume(volume_of(a_writer.volume_node))
    session.look_at(MIDDLE)
    session.select(ids_of(a_writer)[0])
    yield session
    assert worker.close(20)


def ids_of(writer: EditorWriter) -> list[str]:
    return [one.segment_id for one in writer.segments()]


def settled(session: Session) -> list:
    events = session.settle(60)
    assert [e.sentence for e in events if isinstance(e, Failure)] == []
    return events


def accept_left(session: Session) -> None:
    session.prompt(LEFT)
    settled(session)
    session.accept()


def propagate_left(session: Session) -> None:
    session.prompt(LEFT)
    session.propagate("track")
    settled(session)
    session.commit()
    settled(session)


def correct_left(session: Session) -> None:
    mask = np.zeros((64, 80), bool)
    mask[20:40, 12:30] = True
    session.correct(8, mask_yx=mask)
    settled(session)


def test_what_is_accepted_is_in_the_segment_and_the_rest_of_it_stays(
    a_session: Session, a_writer: EditorWriter
) -> None:
    segment = ids_of(a_writer)[0]
    by_hand = np.zeros((12, 64, 80), bool)
    by_hand[MIDDLE - 1 : MIDDLE + 2, 50:60, 3:9] = True
    a_writer.write([edit(segment, by_hand)])
    a_session.prompt(LEFT)
    settled(a_session)
    mask = a_session.preview.mask_yx
    a_session.accept()
    written = masks_of(a_writer)[segment]
    np.testing.assert_array_equal(written[MIDDLE], mask | by_hand[MIDDLE])
    np.testing.assert_array_equal(np.delete(written, MIDDLE, 0), np.delete(by_hand, MIDDLE, 0))


def test_undo_restores_every_segment_bit_for_bit_after_each_kind_of_step(
    a_session: Session, a_writer: EditorWriter
) -> None:
    for step in (accept_left, propagate_left, correct_left):
        before = labelmaps_of(a_writer.node, SHAPE)
        step(a_session)
        after = labelmaps_of(a_writer.node, SHAPE)
        assert not same_masks(before, after)
        assert a_session.undo()
        assert same_masks(labelmaps_of(a_writer.node, SHAPE), before), step.__name__
        assert a_session.redo()
        assert same_masks(labelmaps_of(a_writer.node, SHAPE), after), step.__name__


def test_a_whole_run_is_one_step_of_undo_and_what_segment_volume_gives(
    a_session: Session, a_writer: EditorWriter, demo_model: medsam.Model
) -> None:
    one, two = ids_of(a_writer)
    prompts = {
        one: medsam.SegmentPrompt("left", 1, (medsam.Box((8, 16, 4), (36, 44, 8)),)),
        two: medsam.SegmentPrompt("right", 2, (medsam.Box((30, 16, 4), (68, 46, 8)),)),
    }
    a_session.propagate("track", prompts=prompts)
    settled(a_session)
    a_session.commit()
    assert len([e for e in settled(a_session) if isinstance(e, Written)]) == 1
    labels = medsam.segment_volume(
        a_session.volume, medsam.Prompts(tuple(prompts.values())), demo_model, propagation="track"
    ).labels_kji
    for label, segment in enumerate((one, two), 1):
        np.testing.assert_array_equal(masks_of(a_writer)[segment], labels == label)
    a_session.undo()
    assert not any(mask.any() for mask in masks_of(a_writer).values())


def test_the_journal_and_the_strip_follow_undo(a_session: Session, a_writer: EditorWriter) -> None:
    segment = ids_of(a_writer)[0]
    propagate_left(a_session)
    strip = a_session.written_run(segment).confidence
    correct_left(a_session)
    assert [e.mode for e in a_session.journal(segment).entries] == ["add", "replace"]
    a_session.undo()
    assert [e.mode for e in a_session.journal(segment).entries] == ["add"]
    assert a_session.written_run(segment).confidence == strip
    a_session.undo()
    assert a_session.journal(segment) is None and a_session.written_run(segment) is None


@pytest.mark.parametrize("step", [accept_left, propagate_left])
def test_a_protected_neighbour_loses_not_one_voxel(
    a_session: Session, a_writer: EditorWriter, step: Callable[[Session], None]
) -> None:
    one, two = ids_of(a_writer)
    wall = np.zeros((12, 64, 80), bool)
    wall[:, :, 20:26] = True
    a_writer.write([edit(two, wall)])
    a_writer.protect(two)
    step(a_session)
    np.testing.assert_array_equal(masks_of(a_writer)[two], wall)
    assert masks_of(a_writer)[one].any() and not (masks_of(a_writer)[one] & wall).any()


def test_a_slice_in_any_orientation_writes_its_plane_alone(
    a_session: Session, a_writer: EditorWriter
) -> None:
    grid = medsam.SliceGrid.along(a_session.volume.geometry, "j")
    a_session.look_at(30, grid)
    a_session.prompt((8, 3, 36, 34))
    settled(a_session)
    a_session.accept()
    written = masks_of(a_writer)[ids_of(a_writer)[0]]
    assert written[:, 30].any() and not np.delete(written, 30, 1).any()


def test_a_segment_removed_while_its_mask_is_computed_is_told_and_the_next_prompt_works(
    a_session: Session, a_writer: EditorWriter
) -> None:
    one, two = ids_of(a_writer)
    a_session.prompt(LEFT)
    a_session.accept()
    a_session.prompt(LEFT, index=7)
    run = a_session.propagate("track")
    a_writer.node.GetSegmentation().RemoveSegment(one)
    sentences = [e.sentence for e in a_session.settle(60) if isinstance(e, Failure)]
    assert len(sentences) == 2, "the preview, and what was accepted"
    with pytest.raises(medsam.errors.MedSAMError, match="not there any more"):
        a_session.commit(run)
    a_session.discard(run)
    a_session.select(two)
    a_session.prompt(RIGHT)
    settled(a_session)
    a_session.accept()
    assert masks_of(a_writer)[two].any()
