"""Segmentations from files, added to one in a scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import MedSAMError
from medsam_core.geometry import Geometry
from medsam_core.mrml import saved_placing
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.saved_segments import add_saved
from medsam_core.mrml.segment_tags import tag_of
from medsam_core.mrml.segmentation_node import labels_of, make_segmentation_node
from medsam_core.prompt_journal import TAG_NAME, PromptJournal
from medsam_core.saved_segmentation import SavedSegment, SavedSegmentation
from medsam_core.segmentation_reader import read_segmentation
from medsam_core.voxel_patch import VoxelPatch
from testkit.geometries import an_oblique_geometry
from testkit.journals import an_entry
from testkit.mrml_nodes import a_new_scene, add_transform, add_volume_on, put_under
from testkit.scene_files import save_seg_nrrd
from testkit.segments import edit, masks_of

GEOMETRY = an_oblique_geometry()
RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


@pytest.fixture
def a_writer() -> EditorWriter:
    """Of an empty segmentation of an oblique volume."""
    return writer_on(GEOMETRY)


def writer_on(geometry: Geometry) -> EditorWriter:
    scene = a_new_scene()
    volume = add_volume_on(scene, geometry, "CT")
    return EditorWriter(scene, make_segmentation_node(scene, volume), volume)


def random_layer(seed: int, values: tuple[int, ...], shape_kji: tuple[int, ...]) -> np.ndarray:
    kind = np.uint8 if max(values) < 256 else np.uint16
    return np.random.default_rng(seed).choice(np.array(values, kind), shape_kji)


def two_layers(geometry: Geometry = GEOMETRY, **tags: str) -> SavedSegmentation:
    """A liver and a cyst beside each other, and a tumour over both."""
    layers = random_layer(0, (0, 2, 300), geometry.shape_kji), random_layer(1, (0, 1), geometry.shape_kji)
    segments = (
        SavedSegment("liver", 0, 2, RED, VoxelPatch.of(layers[0] == 2), tags),
        SavedSegment("cyst", 0, 300, BLUE, VoxelPatch.of(layers[0] == 300)),
        SavedSegment("tumour", 1, 1, RED, VoxelPatch.of(layers[1] == 1)),
    )
    return SavedSegmentation(geometry, segments)


def one_segment(geometry: Geometry, mask_kji: np.ndarray) -> SavedSegmentation:
    return SavedSegmentation(geometry, (SavedSegment("one", 0, 7, BLUE, VoxelPatch.of(mask_kji)),))


def expected(saved: SavedSegmentation) -> list[np.ndarray]:
    masks = [np.zeros(saved.geometry.shape_kji, bool) for _ in saved.segments]
    for one, mask in zip(saved.segments, masks, strict=True):
        one.patch.paste(mask)
    return masks


def seen(writer: EditorWriter) -> list[np.ndarray]:
    return list(masks_of(writer).values())


def test_voxels_names_labels_and_colours_are_the_files_where_they_overlap_too(a_writer: EditorWriter) -> None:
    saved = two_layers()
    added = add_saved(a_writer, saved, "file")
    np.testing.assert_array_equal(seen(a_writer), expected(saved))
    infos = a_writer.segments()
    assert [(one.name, one.colour) for one in infos] == [("liver", RED), ("cyst", BLUE), ("tumour", RED)]
    segmentation = a_writer.node.GetSegmentation()
    assert [segmentation.GetSegment(one).GetLabelValue() for one in added.ids] == [2, 300, 1]
    assert (added.is_resampled, added.left_out) == (False, 0)


def test_it_is_one_step_of_undo(a_writer: EditorWriter) -> None:
    add_saved(a_writer, two_layers(), "file")
    assert a_writer.undo()
    assert a_writer.segments() == ()
    assert not a_writer.can_undo
    assert a_writer.redo()
    np.testing.assert_array_equal(seen(a_writer), expected(two_layers()))


def test_what_was_there_before_keeps_every_voxel_and_its_own_undo(a_writer: EditorWriter) -> None:
    before = np.ones(GEOMETRY.shape_kji, bool)
    own = a_writer.add_segment("liver")
    a_writer.write([edit(own, before)])
    a_writer.protect(own)
    add_saved(a_writer, two_layers(), "file")
    np.testing.assert_array_equal(seen(a_writer), [before, *expected(two_layers())])
    assert [one.name for one in a_writer.segments()] == ["liver", "liver (2)", "cyst", "tumour"]
    a_writer.undo()
    np.testing.assert_array_equal(seen(a_writer), [before])
    a_writer.undo()
    assert not masks_of(a_writer)[own].any()


def test_what_was_added_can_be_edited_and_its_neighbours_give_way_as_ever(a_writer: EditorWriter) -> None:
    saved = two_layers()
    liver, *_ = add_saved(a_writer, saved, "file").ids
    all_of_it = np.ones(GEOMETRY.shape_kji, bool)
    a_writer.write([edit(liver, all_of_it)])
    found = seen(a_writer)
    assert found[0].all()
    assert not found[1].any()
    a_writer.undo()
    np.testing.assert_array_equal(seen(a_writer), expected(saved))
    new = a_writer.add_segment("one more")
    a_writer.write([edit(new, all_of_it)])
    assert masks_of(a_writer)[new].all()


def test_what_slicer_wrote_comes_back_bit_for_bit(a_writer: EditorWriter, tmp_path: Path) -> None:
    add_saved(a_writer, two_layers(), "file")
    save_seg_nrrd(a_writer.node, tmp_path / "a.seg.nrrd")
    again = writer_on(GEOMETRY)
    added = add_saved(again, read_segmentation(tmp_path / "a.seg.nrrd"), "file")
    np.testing.assert_array_equal(seen(again), seen(a_writer))
    assert [(one.name, one.colour) for one in again.segments()] == [
        (one.name, one.colour) for one in a_writer.segments()
    ]
    segmentation = again.node.GetSegmentation()
    assert [segmentation.GetSegment(one).GetLabelValue() for one in added.ids] == [2, 300, 1]
    assert not added.is_resampled


def test_as_a_label_map_each_segment_has_the_number_that_it_had_in_the_file(a_writer: EditorWriter) -> None:
    add_saved(a_writer, two_layers(), "file")
    labels = labels_of(a_writer.node, a_writer.volume_node)
    assert labels.segment_names == {2: "liver", 300: "cyst", 1: "tumour"}
    tumour = expected(two_layers())[2]
    np.testing.assert_array_equal(labels.labels_kji == 1, tumour)
    np.testing.assert_array_equal(labels.labels_kji == 300, expected(two_layers())[1] & ~tumour)
    add_saved(a_writer, two_layers(), "file")  # the same numbers twice
    again = labels_of(a_writer.node, a_writer.volume_node)
    assert list(again.segment_names) == [1, 2, 3, 4, 5, 6]


def test_a_block_of_the_same_grid_is_copied_to_its_place(a_writer: EditorWriter) -> None:
    shift = np.eye(4)
    shift[:3, 3] = 2, 1, 1
    block = Geometry((3, 3, 2), GEOMETRY.ijk_to_ras @ shift)
    saved = one_segment(block, np.ones(block.shape_kji, bool))
    added = add_saved(a_writer, saved, "file")
    wanted = np.zeros(GEOMETRY.shape_kji, bool)
    wanted[1:3, 1:4, 2:5] = True
    np.testing.assert_array_equal(seen(a_writer), [wanted])
    assert (added.is_resampled, added.left_out) == (False, 0)


def test_what_lies_outside_of_the_volume_is_left_out_and_counted(a_writer: EditorWriter) -> None:
    shift = np.eye(4)
    shift[:3, 3] = -2, 0, 0
    place = Geometry(GEOMETRY.size_ijk, GEOMETRY.ijk_to_ras @ shift)
    i, j, k = place.size_ijk
    saved = one_segment(place, np.ones(place.shape_kji, bool))
    added = add_saved(a_writer, saved, "file")
    assert added.left_out == 2 * j * k
    assert int(seen(a_writer)[0].sum()) == (i - 2) * j * k
    layer = a_writer.node.GetBinaryLabelmapInternalRepresentation(added.ids[0])
    assert layer.GetNumberOfPoints() == (i - 2) * j * k


def test_voxels_of_another_size_take_their_place_in_the_patient() -> None:
    """Two times as fine along each axis: every voxel of the volume takes one of the eight in it."""
    coarse = Geometry((8, 6, 5), np.diag([2.0, 2.0, 2.0, 1.0]))
    place = np.diag([1.0, 1.0, 1.0, 1.0])
    place[:3, 3] = -0.5
    fine = Geometry((16, 12, 10), place)
    wanted = random_layer(3, (0, 1), coarse.shape_kji)
    layer = wanted.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    writer = writer_on(coarse)
    added = add_saved(writer, one_segment(fine, layer > 0), "file")
    np.testing.assert_array_equal(seen(writer), [wanted > 0])
    assert (added.is_resampled, added.left_out) == (True, 0)


def test_a_volume_that_was_moved_takes_the_file_where_it_is_now() -> None:
    scene = a_new_scene()
    volume = add_volume_on(scene, GEOMETRY, "CT")
    shift = np.eye(4)
    shift[:3, 3] = 50, -20, 7
    put_under(volume, add_transform(scene, shift))
    writer = EditorWriter(scene, make_segmentation_node(scene, volume), volume)
    saved = two_layers(Geometry(GEOMETRY.size_ijk, shift @ GEOMETRY.ijk_to_ras))
    assert not add_saved(writer, saved, "file").is_resampled
    np.testing.assert_array_equal(seen(writer), expected(saved))


@pytest.mark.parametrize(
    ("matrix", "told"),
    [(np.diag([1.0, 1.0, 1.0, 1.0]), "lies outside"), (np.diag([1e5, 1e5, 1e5, 1.0]), "far smaller")],
)
def test_what_does_not_belong_to_the_volume_is_refused_and_nothing_changes(
    a_writer: EditorWriter, matrix: np.ndarray, told: str
) -> None:
    place = matrix @ GEOMETRY.ijk_to_ras
    place[:3, 3] = GEOMETRY.ijk_to_ras[:3, 3] + (1000 if told == "lies outside" else 0)
    own = a_writer.add_segment("mine")
    with pytest.raises(MedSAMError, match=told):
        add_saved(a_writer, two_layers(Geometry(GEOMETRY.size_ijk, place)), "x.seg.nrrd")
    assert [one.segment_id for one in a_writer.segments()] == [own]
    a_writer.undo()
    assert not a_writer.can_undo


def test_a_segment_without_voxels_is_kept(a_writer: EditorWriter) -> None:
    empty = one_segment(GEOMETRY, np.zeros(GEOMETRY.shape_kji, bool))
    (segment_id,) = add_saved(a_writer, empty, "file").ids
    assert a_writer.segments()[0].name == "one"
    a_writer.write([edit(segment_id, np.ones(GEOMETRY.shape_kji, bool))])
    assert seen(a_writer)[0].all()


def test_tags_are_kept_and_a_lock_stays_shut(a_writer: EditorWriter) -> None:
    tags = {"My.Tag": "x", "MedSAM.Protected": "1", "bad\nname": "y"}
    first, *_ = add_saved(a_writer, two_layers(**tags), "file").ids
    assert tag_of(a_writer.node, first, "My.Tag") == "x"
    assert tag_of(a_writer.node, first, "TerminologyEntry").count("Liver")
    assert [one.protected for one in a_writer.segments()] == [True, False, False]


def test_a_journal_is_kept_letter_by_letter_on_its_own_grid_and_moved_to_another() -> None:
    entry = an_entry()
    text = PromptJournal((entry,)).to_tag()
    tags = {TAG_NAME: text}
    saved = two_layers(entry.geometry, **tags)
    writer = writer_on(entry.geometry)
    added = add_saved(writer, saved, "file")
    assert added.without_journal == ()
    assert tag_of(writer.node, added.ids[0], TAG_NAME) == text
    half = Geometry((40, 32, 12), entry.geometry.ijk_to_ras @ np.diag([2.0, 2.0, 1.0, 1.0]))
    other = writer_on(half)
    first, *_ = add_saved(other, saved, "file").ids
    (moved,) = PromptJournal.from_tag(tag_of(other.node, first, TAG_NAME) or "").entries
    assert moved.geometry.size_ijk == (40, 32, 12)
    assert moved.prompt.boxes[0].max_ijk[0] == entry.prompt.boxes[0].max_ijk[0] // 2


def test_a_journal_that_cannot_be_read_costs_no_voxel(a_writer: EditorWriter) -> None:
    saved = two_layers(**{TAG_NAME: "broken"})
    added = add_saved(a_writer, saved, "file")
    np.testing.assert_array_equal(seen(a_writer), expected(saved))
    assert tag_of(a_writer.node, added.ids[0], TAG_NAME) is None
    assert added.without_journal == ("liver",), "the user is told"


def test_with_little_memory_nothing_is_laid_out(
    a_writer: EditorWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_placing, "free_memory", lambda: 1)
    with pytest.raises(MedSAMError, match="file: needs more memory than is free"):
        add_saved(a_writer, two_layers(), "file")
    assert (a_writer.segments(), a_writer.can_undo) == ((), False)


@pytest.mark.parametrize(("factor", "told"), [(1e8, "far smaller or larger"), (1e-3, None)])
def test_a_file_of_a_wild_spacing_is_named(a_writer: EditorWriter, factor: float, told: str | None) -> None:
    place = GEOMETRY.ijk_to_ras @ np.diag([factor, factor, factor, 1.0])
    saved = two_layers(Geometry(GEOMETRY.size_ijk, place))
    if told is None:
        assert add_saved(a_writer, saved, "my file").is_resampled
        return
    with pytest.raises(MedSAMError, match=f"my file: .*{told}"):
        add_saved(a_writer, saved, "my file")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("metres", [1e20, 1e300])
def test_a_file_light_years_away_lies_outside_without_a_warning(
    a_writer: EditorWriter, metres: float
) -> None:
    place = GEOMETRY.ijk_to_ras.copy()
    place[0, 3] = metres
    with pytest.raises(MedSAMError, match="lies outside of the volume"):
        add_saved(a_writer, two_layers(Geometry(GEOMETRY.size_ijk, place)), "file")
