"""Segmenting from Python, in a real scene with the bundled model: what comes, and what can be taken back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.demo_case import DemoCase
from medsam_core.errors import Cancelled, CheckpointError, OptionError, OutputError, PromptError
from medsam_core.metrics import dice
from medsam_core.mrml.journal_tag import journal_of
from medsam_core.mrml.logic import MedSAMSlicerLogic
from medsam_core.mrml.segmentation_node import labels_of
from medsam_core.prompt_journal import PromptJournal
from medsam_core.propagation.strategies import STRATEGIES
from testkit.mrml_nodes import (
    a_new_scene,
    a_sheared_matrix,
    add_bending_transform,
    add_line,
    add_points,
    add_roi,
    add_slice_view,
    add_transform,
    add_volume,
    put_under,
)
from testkit.segments import edit, labelmaps_of, masks_of, same_masks

MATRIX = np.array([[-0.8, 0, 0.1, 30], [0, -0.8, 0, 20], [0.1, 0, 2.5, -10], [0, 0, 0, 1.0]])
SHAPE = (12, 64, 80)
LEFT, RIGHT = medsam.Box((8, 16, 4), (36, 44, 8)), medsam.Box((44, 22, 4), (68, 46, 8))


@pytest.fixture(scope="module")
def model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu", precision="fp32")


def two_balls() -> np.ndarray:
    """(12, 64, 80) uint8: a bright ball left and a dark one right on grey, with a little noise."""
    k, j, i = np.indices(SHAPE)
    values = np.full(k.shape, 100.0)
    values[(2.5 * (k - 6)) ** 2 + (j - 30) ** 2 + (i - 22) ** 2 < 14**2] = 200
    values[(2.5 * (k - 6)) ** 2 + (j - 34) ** 2 + (i - 56) ** 2 < 12**2] = 20
    return np.clip(values + np.random.default_rng(0).normal(0, 4, k.shape), 0, 255).astype(np.uint8)


def ras(*ijk: float) -> list[float]:
    """The place of a voxel."""
    return (MATRIX @ [*ijk, 1.0])[:3].tolist()


@pytest.fixture
def a_logic() -> MedSAMSlicerLogic:
    return MedSAMSlicerLogic(a_new_scene())


@pytest.fixture
def balls(a_logic: MedSAMSlicerLogic) -> Any:
    return add_volume(a_logic.scene, two_balls(), MATRIX, "two balls")


def masks(node: Any) -> list[np.ndarray]:
    """The masks of a node's segments, as Slicer gives them."""
    return list(labelmaps_of(node, SHAPE).values())


def test_boxes_give_the_segments_that_the_engine_gives(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model
) -> None:
    node = a_logic.segment(balls, [LEFT, RIGHT], model=model)
    volume = medsam.Volume(two_balls(), medsam.Geometry((80, 64, 12), MATRIX))
    result = medsam.segment_volume(volume, medsam.Prompts.from_boxes([LEFT, RIGHT]), model)
    assert node.GetName() == "two balls segmentation"
    assert [np.array_equal(mask, result.labels_kji == n) for n, mask in enumerate(masks(node), 1)] == [
        True,
        True,
    ]
    assert a_logic.lastResult.confidence == result.confidence


def test_markups_find_the_bright_ball(a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model) -> None:
    scene, ball = a_logic.scene, two_balls() > 150
    roi = add_roi(scene, ras(22, 30, 6), [24, 24, 28], name="left ball")
    row = add_line(scene, ras(9, 30, 6), ras(35, 30, 6))
    column = add_line(scene, ras(22, 17, 6), ras(22, 43, 6))
    points = add_points(scene, [ras(22, 30, 6)], "inside")
    outside = add_points(scene, [ras(50, 30, 6)], "outside")
    by_roi = a_logic.segment(balls, roi, model=model)
    assert dice(masks(by_roi)[0], ball) > 0.55  # the box is wider than the ball towards its ends
    assert by_roi.GetSegmentation().GetNthSegment(0).GetName() == "left ball"
    middle = np.zeros_like(ball)
    middle[6] = ball[6]
    by_lines = a_logic.segment(balls, [[row, column]], model=model, segmentName="ball")
    assert dice(masks(by_lines)[0], middle) > 0.85
    assert by_lines.GetSegmentation().GetNthSegment(0).GetName() == "ball"
    both = a_logic.segment(balls, [[roi, points]], model=model, negativePoints=outside)
    journal = journal_of(both, both.GetSegmentation().GetNthSegmentID(0))
    assert [point.positive for point in journal.entries[0].prompt.points] == [True, False]
    several = a_logic.segment(balls, [roi, add_roi(scene, ras(56, 34, 6), [22, 22, 24])], model=model)
    assert several.GetSegmentation().GetNumberOfSegments() == 2


@pytest.mark.parametrize("propagation", sorted(STRATEGIES))
def test_undo_restores_every_segment_bit_for_bit_after_each_strategy(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model, propagation: str
) -> None:
    node = a_logic.segment(balls, RIGHT, model=model)
    writer = a_logic.writer(node)
    writer.write([edit(writer.add_segment("drawn"), np.random.default_rng(1).random(SHAPE) > 0.7)])
    before = masks_of(writer), labelmaps_of(node, SHAPE), writer.segments()
    again = a_logic.segment(balls, LEFT, model=model, propagation=propagation, segmentationNode=node)
    assert again is node
    after = masks_of(writer)
    assert len(after) == 3
    assert list(after.values())[2].any()
    assert writer.undo()
    assert same_masks(masks_of(writer), before[0])
    assert same_masks(labelmaps_of(node, SHAPE), before[1])
    assert writer.segments() == before[2]
    assert writer.redo()
    assert same_masks(masks_of(writer), after)
    assert journal_of(node, list(after)[2]).entries[0].propagation == propagation


@pytest.mark.parametrize("place", ["volume", "segmentation", "both"])
def test_a_sheared_parent_transform_gives_the_same_voxels(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model, place: str
) -> None:
    expected = masks(a_logic.segment(balls, [LEFT, RIGHT], model=model))
    sheared = add_transform(a_logic.scene, a_sheared_matrix())
    node = a_logic.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    if place != "segmentation":
        put_under(balls, sheared)
    if place != "volume":
        put_under(node, sheared)
    found = a_logic.segment(balls, [LEFT, RIGHT], model=model, segmentationNode=node)
    assert np.array_equal(masks(found), expected)
    labels = labels_of(found, balls).labels_kji
    assert np.array_equal([labels == 1, labels == 2], expected)


def test_voxels_outside_of_the_editable_area_and_of_protected_segments_stay(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model
) -> None:
    node = a_logic.segment(balls, RIGHT, model=model)
    writer = a_logic.writer(node)
    drawn = writer.add_segment("drawn")
    writer.write([edit(drawn, np.ones((3, *SHAPE[1:]), bool), "replace", (4, 0, 0))])
    before = masks_of(writer)
    a_logic.segment(balls, LEFT, model=model, segmentationNode=node, protect=True)
    after = masks_of(writer)
    new = next(mask for one, mask in after.items() if one not in before)
    assert all(np.array_equal(after[one], before[one]) for one in before)
    assert not (new & before[drawn]).any()
    assert new.any()
    writer.editor_node.SetMaskMode(node.EditAllowedInsideSingleSegment)
    writer.editor_node.SetMaskSegmentID(drawn)
    a_logic.segment(balls, LEFT, model=model, segmentationNode=node)
    last = list(masks_of(writer).values())[-1]
    assert last.any()
    assert not (last & ~before[drawn]).any()


def test_a_writer_that_is_in_use_keeps_its_history(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model
) -> None:
    other = MedSAMSlicerLogic(a_logic.scene)
    node = other.segment(balls, RIGHT, model=model)
    writer = other.writer(node)
    a_logic.segment(balls, LEFT, model=model, writer=writer)
    assert a_logic.writer(node) is writer
    assert [writer.undo(), writer.undo(), writer.undo()] == [True, True, False]
    assert writer.segments() == ()


def test_a_view_gives_the_slices(a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model) -> None:
    coronal = np.eye(4)
    coronal[:3, :3] = np.array([[-1, 0, 0], [0, 0, 1], [0, 1, 0]]).T
    coronal[:3, 3] = ras(22, 30, 6)
    view = add_slice_view(a_logic.scene, coronal)
    roi = add_roi(a_logic.scene, ras(22, 30, 6), [25, 25, 30])
    node = a_logic.segment(balls, roi, model=model, sliceNode=view)
    assert dice(masks(node)[0], two_balls() > 150) > 0.45
    segment_id = node.GetSegmentation().GetNthSegmentID(0)
    assert journal_of(node, segment_id).entries[0].grid is not None
    with pytest.raises(PromptError, match="export its journal instead"):
        a_logic.exportPrompts(node, segment_id, "nowhere.json")


def test_exported_prompts_give_the_same_segment(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model, tmp_path: Path
) -> None:
    node = a_logic.segment(balls, [LEFT, RIGHT], model=model)
    first = node.GetSegmentation().GetNthSegmentID(0)
    a_logic.exportPrompts(node, first, tmp_path / "left.json")
    assert json.loads((tmp_path / "left.json").read_text())["frame"] == "ras"
    again = a_logic.segment(balls, tmp_path / "left.json", model=model)
    assert np.array_equal(masks(again)[0], masks(node)[0])
    with pytest.raises(OutputError, match="exists already"):
        a_logic.exportPrompts(node, first, tmp_path / "left.json")


def test_exported_prompts_mean_the_same_place_where_slices_are_counted_the_other_way(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model, tmp_path: Path
) -> None:
    node = a_logic.segment(balls, LEFT, model=model)
    a_logic.exportPrompts(node, node.GetSegmentation().GetNthSegmentID(0), tmp_path / "left.json")
    turned = MATRIX @ np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, SHAPE[0] - 1], [0, 0, 0, 1.0]])
    volume = medsam.Volume(two_balls()[::-1].copy(), medsam.Geometry(SHAPE[::-1], turned))
    prompts = medsam.read_prompts(tmp_path / "left.json", volume.geometry)
    result = medsam.segment_volume(volume, prompts, model)
    assert np.array_equal(result.labels_kji[::-1] == 1, masks(node)[0])


def test_the_model_is_loaded_once_and_slices_are_encoded_once(a_logic: MedSAMSlicerLogic, balls: Any) -> None:
    a_logic.segment(balls, LEFT)
    encoded = a_logic.lastResult.encoded_slices
    a_logic.segment(balls, LEFT)
    assert (encoded, a_logic.lastResult.encoded_slices) == (5, 0)


def test_voxels_that_changed_are_seen(a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model) -> None:
    a_logic.segment(balls, LEFT, model=model)
    scalars = balls.GetImageData().GetPointData().GetScalars()
    scalars.Fill(7)
    balls.GetImageData().Modified()
    a_logic.segment(balls, LEFT, model=model)
    assert a_logic.lastResult.encoded_slices == 5


def test_progress_is_told_and_cancel_leaves_the_scene_as_it_was(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model
) -> None:
    told: list[tuple[int, int]] = []
    nodes = a_logic.scene.GetNumberOfNodes()
    with pytest.raises(Cancelled):
        a_logic.segment(
            balls,
            LEFT,
            model=model,
            progress=lambda n, of, _: told.append((n, of)),
            cancel=lambda: len(told) > 2,
        )
    assert told == [(1, 5), (2, 5), (3, 5)]
    assert a_logic.scene.GetNumberOfNodes() == nodes


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"prompts": "missing.json"}, PromptError, "missing.json: cannot be read"),
        ({"prompts": 7}, PromptError, "a int is no prompt"),
        ({"prompts": []}, PromptError, "there are none"),
        ({"prompts": medsam.Box((0, 0, 0), (99, 9, 9))}, PromptError, "reaches outside of the volume"),
        ({"model": "no-such-model"}, CheckpointError, "no-such-model: there is no such file"),
        ({"propagation": "magic"}, OptionError, "there is no strategy 'magic'"),
    ],
)
def test_what_cannot_be_is_said_and_the_scene_stays_as_it_was(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model, wrong: dict, error: type, words: str
) -> None:
    nodes = a_logic.scene.GetNumberOfNodes()
    with pytest.raises(error, match=words):
        a_logic.segment(balls, **{"prompts": LEFT, "model": model, **wrong})
    assert a_logic.scene.GetNumberOfNodes() == nodes


def test_a_node_that_is_no_prompt_is_named(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model
) -> None:
    with pytest.raises(PromptError, match="node 'two balls': is a vtkMRMLScalarVolumeNode"):
        a_logic.segment(balls, balls, model=model)


def test_a_segmentation_of_surfaces_is_refused_before_any_work(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model
) -> None:
    node = a_logic.segment(balls, LEFT, model=model)
    node.GetSegmentation().CreateRepresentation("Closed surface")
    node.GetSegmentation().SetSourceRepresentationName("Closed surface")
    with pytest.raises(OutputError, match="not as voxels"):
        a_logic.segment(
            balls, LEFT, model=model, segmentationNode=node, progress=lambda *_: pytest.fail("worked")
        )


def test_a_colour_picture_is_segmented(a_logic: MedSAMSlicerLogic, model: medsam.Model) -> None:
    grey = two_balls()[6:7]
    picture = np.stack([grey, 255 - grey, grey // 2], axis=-1)
    node = add_volume(a_logic.scene, picture, np.diag([1.0, 1, 1, 1]), "photo")
    found = a_logic.segment(node, medsam.Box((8, 16, 0), (36, 44, 0)), model=model)
    (mask,) = labelmaps_of(found, (1, *SHAPE[1:])).values()
    assert dice(mask, grey > 150) > 0.85


def test_a_bent_volume_is_refused(a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model) -> None:
    put_under(balls, add_bending_transform(a_logic.scene))
    with pytest.raises(medsam.MedSAMError, match="not linear; harden the transform"):
        a_logic.segment(balls, LEFT, model=model)


def test_a_journal_replayed_gives_the_identical_masks(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model, tmp_path: Path
) -> None:
    node = a_logic.segment(balls, [LEFT, RIGHT], model=model, propagation="track", intensity="20,220")
    again = a_logic.replay(node, balls, model=model)
    assert again is not node
    assert np.array_equal(masks(again), masks(node))
    first = node.GetSegmentation().GetNthSegmentID(0)
    a_logic.exportJournal(node, first, tmp_path / "left.journal.json")
    for source in ((node, first), tmp_path / "left.journal.json", journal_of(node, first)):
        assert np.array_equal(masks(a_logic.replay(source, balls, model=model))[0], masks(node)[0])
    twice = a_logic.replay(again, balls, model=model, segmentationNode=again)
    assert np.array_equal(masks(twice)[2:], masks(node))
    assert a_logic.writer(twice).undo()
    assert np.array_equal(masks(twice), masks(node))


def test_a_journal_goes_through_a_registration_to_another_volume(
    a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model
) -> None:
    node = a_logic.segment(balls, LEFT, model=model)
    moved = np.eye(4)
    moved[:3, 3] = 13.0, -7.0, 5.0
    follow_up = add_volume(a_logic.scene, two_balls(), moved @ MATRIX, "follow-up")
    registration = add_transform(a_logic.scene, moved)
    found = a_logic.replay(node, follow_up, model=model, transformNode=registration)
    assert np.array_equal(masks(found), masks(node))
    journal = journal_of(found, found.GetSegmentation().GetNthSegmentID(0))
    assert np.allclose(journal.entries[0].geometry.ijk_to_ras, moved @ MATRIX)
    assert np.array_equal(masks(a_logic.replay(found, follow_up, model=model)), masks(node))


def test_a_journal_does_not_choose_files(a_logic: MedSAMSlicerLogic, balls: Any, model: medsam.Model) -> None:
    node = a_logic.segment(balls, LEFT, model=model)
    journal = journal_of(node, node.GetSegmentation().GetNthSegmentID(0))
    entry = journal.entries[0]
    foreign = replace(entry, model=replace(entry.model, name="//server/share/model.pth"))
    with pytest.raises(CheckpointError, match="is no model of the catalog"):
        a_logic.replay(PromptJournal((foreign,)), balls)
    assert np.array_equal(masks(a_logic.replay(journal, balls, device="cpu", precision="fp32")), masks(node))


def test_the_bundled_case_under_a_sheared_transform_is_segmented_and_replayed(
    a_logic: MedSAMSlicerLogic, model: medsam.Model
) -> None:
    case = DemoCase.bundled()
    image, truth = medsam.read_volume(case.image), medsam.read_volume(case.truth).array_kji
    prompts = medsam.read_prompts(case.prompts, image.geometry)
    node = add_volume(a_logic.scene, image.array_kji, image.ijk_to_ras, "case")
    put_under(node, add_transform(a_logic.scene, a_sheared_matrix()))
    found = a_logic.segment(node, prompts, model=model, propagation="track")
    (mask,) = labelmaps_of(found, truth.shape).values()
    expected = medsam.segment_volume(image, prompts, model, propagation="track").labels_kji == 1
    assert np.array_equal(mask, expected)
    assert dice(mask, truth == 1) > 0.8
    (again,) = labelmaps_of(a_logic.replay(found, node, model=model), truth.shape).values()
    assert np.array_equal(again, mask)
