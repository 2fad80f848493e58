"""The prompt journal in a segment's tag: undone with it, saved with it, harmless when damaged."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.journal_tag import journal_of, journal_tags, journals_of
from medsam_core.mrml.segmentation_node import make_segmentation_node
from medsam_core.prompt_journal import TAG_NAME, PromptJournal
from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.slice_grid import SliceGrid
from testkit.geometries import a_sheared_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.scene_files import load_seg_nrrd, save_seg_nrrd, saved_and_loaded
from testkit.segments import edit

MODEL = ModelName("demo", "identity", "ab" * 32, "medsam")
GEOMETRY = a_sheared_geometry((12, 10, 8))


def a_journal(name: str = "left | kidney: größer", geometry: Geometry = GEOMETRY) -> PromptJournal:
    """Two entries: boxes, points and a drawn mask on the volume's slices, and a box on coronal ones."""
    mask = MaskPrompt.of(3, np.random.default_rng(0).random((10, 12)) > 0.5)
    drawn = SegmentPrompt(name, 1, (Box((1, 2, 1), (9, 8, 4)),), (Point((3, 3, 2), False),), (mask,))
    grid = SliceGrid.along(geometry, "j")
    across = SegmentPrompt(name, 1, (Box((1, 1, 2), (5, 6, 4)),))
    return PromptJournal(
        (
            JournalEntry(drawn, geometry, MODEL, None, "track", {"margin": 3}, "ct-soft", volume_name="CT"),
            JournalEntry(across, geometry, MODEL, grid, "roi", {}, "-160,240", "replace"),
        )
    )


@pytest.fixture
def a_writer() -> EditorWriter:
    scene = a_new_scene()
    volume = add_volume_on(scene, GEOMETRY, "CT")
    return EditorWriter(scene, make_segmentation_node(scene, volume), volume)


def a_segment(writer: EditorWriter, journal: PromptJournal, name: str = "kidney") -> str:
    segment_id = writer.add_segment(name)
    writer.write([edit(segment_id, np.ones((2, 2, 2), bool), **journal_tags(journal))])
    return segment_id


def test_a_journal_comes_back_as_it_was(a_writer: EditorWriter) -> None:
    journal = a_journal()
    found = journal_of(a_writer.node, a_segment(a_writer, journal))
    assert found is not None
    assert found.to_json() == journal.to_json()


def test_a_segment_without_a_journal_has_none(a_writer: EditorWriter) -> None:
    assert journal_of(a_writer.node, a_writer.add_segment("drawn by hand")) is None
    assert journals_of(a_writer.node) == ({}, ())


def test_a_journal_follows_undo_and_redo(a_writer: EditorWriter) -> None:
    first, second = a_journal("first"), a_journal("second")
    own = a_segment(a_writer, first)
    a_writer.write([edit(own, np.ones((3, 3, 3), bool), **journal_tags(second))])
    a_writer.undo()
    assert journal_of(a_writer.node, own).to_json() == first.to_json()
    a_writer.undo()
    assert journal_of(a_writer.node, own) is None
    a_writer.redo()
    a_writer.redo()
    assert journal_of(a_writer.node, own).to_json() == second.to_json()


def test_a_journal_survives_seg_nrrd(a_writer: EditorWriter, tmp_path: Path) -> None:
    own = a_segment(a_writer, a_journal())
    save_seg_nrrd(a_writer.node, tmp_path / "saved.seg.nrrd")
    loaded = load_seg_nrrd(a_new_scene(), tmp_path / "saved.seg.nrrd")
    assert journal_of(loaded, own).to_json() == a_journal().to_json()


def test_a_journal_survives_a_saved_scene(a_writer: EditorWriter, tmp_path: Path) -> None:
    ids = [a_segment(a_writer, a_journal(name), name) for name in ("kidney", "liver")]
    scene = saved_and_loaded(a_writer, tmp_path)
    journals, notes = journals_of(scene.GetFirstNodeByClass("vtkMRMLSegmentationNode"))
    assert list(journals) == ids
    assert notes == ()
    assert journals[ids[1]].to_json() == a_journal("liver").to_json()


@pytest.mark.parametrize(
    "damage",
    [
        lambda tag: tag[:-8],
        lambda tag: tag[: len(tag) // 2] + "A" * 12 + tag[len(tag) // 2 + 12 :],
        lambda tag: "not a journal at all",
        lambda tag: base64.b64encode(zlib.compress(b'{"version": 99, "entries": []}')).decode(),
        lambda tag: base64.b64encode(zlib.compress(b"[" * 100_000)).decode(),
        lambda tag: base64.b64encode(zlib.compress(bytes(1 << 26))).decode(),
    ],
)
def test_a_damaged_journal_is_an_error_of_its_segment_and_a_note_among_all(
    a_writer: EditorWriter, damage: Any
) -> None:
    good, bad = a_segment(a_writer, a_journal(), "liver"), a_segment(a_writer, a_journal(), "kidney")
    segment = a_writer.node.GetSegmentation().GetSegment(bad)
    segment.SetTag(TAG_NAME, damage(a_journal().to_tag()))
    with pytest.raises(PromptError, match="journal of segment 'kidney'"):
        journal_of(a_writer.node, bad)
    journals, notes = journals_of(a_writer.node)
    assert list(journals) == [good]
    assert len(notes) == 1
    assert "kidney" in notes[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=200))
def test_no_text_in_the_tag_does_more_than_raise_a_named_error(a_writer: EditorWriter, text: str) -> None:
    own = a_writer.add_segment("kidney")
    text = text.replace("\x00", "").encode("utf-8", "ignore").decode()
    a_writer.node.GetSegmentation().GetSegment(own).SetTag(TAG_NAME, text)
    journals, notes = journals_of(a_writer.node)
    assert own not in journals
    assert bool(notes) == bool(text)
    a_writer.undo()
