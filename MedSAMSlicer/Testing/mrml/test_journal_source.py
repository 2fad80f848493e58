"""Journals from segments, files and hands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import OutputError, PromptError
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.journal_file import write_journal
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.journal_source import journal_from
from medsam_core.mrml.journal_tag import journal_tags
from medsam_core.mrml.segmentation_node import make_segmentation_node
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import Box, SegmentPrompt
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.scene_files import save_seg_nrrd
from testkit.segments import edit


def a_journal() -> PromptJournal:
    prompt = SegmentPrompt("liver", 1, (Box((0, 0, 0), (3, 3, 2)),))
    model = ModelName("demo", "identity", "ab" * 32, "medsam")
    return PromptJournal((JournalEntry(prompt, an_oblique_geometry(), model),))


@pytest.fixture
def a_writer() -> EditorWriter:
    scene = a_new_scene()
    volume = add_volume_on(scene, an_oblique_geometry(), "CT")
    return EditorWriter(scene, make_segmentation_node(scene, volume), volume)


def test_a_journal_is_taken_from_a_hand_a_file_or_a_segment(a_writer: EditorWriter, tmp_path: Path) -> None:
    journal = a_journal()
    assert journal_from(journal) is journal
    write_journal(journal, tmp_path / "journal.json")
    assert journal_from(tmp_path / "journal.json").to_json() == journal.to_json()
    assert journal_from(str(tmp_path / "journal.json")).to_json() == journal.to_json()
    own = a_writer.add_segment("liver")
    a_writer.write([edit(own, np.ones((1, 1, 1), bool), **journal_tags(journal))])
    assert journal_from((a_writer.node, own)).to_json() == journal.to_json()


def test_all_journals_of_a_node_are_one_with_a_label_for_each_segment(a_writer: EditorWriter) -> None:
    with pytest.raises(PromptError, match="segmentation 'CT segmentation': has no prompt journals"):
        journal_from(a_writer.node)
    for name in ("liver", "by hand", "kidney"):
        own = a_writer.add_segment(name)
        tags = {} if name == "by hand" else journal_tags(a_journal())
        a_writer.write([edit(own, np.ones((1, 1, 1), bool), **tags)])
    entries = journal_from(a_writer.node).entries
    assert [entry.prompt.label for entry in entries] == [1, 3]
    assert entries[1].prompt.boxes == a_journal().entries[0].prompt.boxes


def test_a_segmentation_that_slicer_wrote_gives_its_journals_without_slicer(
    a_writer: EditorWriter, tmp_path: Path
) -> None:
    for name in ("by hand", "kidney"):
        own = a_writer.add_segment(name)
        tags = {} if name == "by hand" else journal_tags(a_journal())
        a_writer.write([edit(own, np.ones((1, 1, 1), bool), **tags)])
    save_seg_nrrd(a_writer.node, tmp_path / "a.seg.nrrd")
    assert journal_from(tmp_path / "a.seg.nrrd").to_json() == journal_from(a_writer.node).to_json()


def test_an_existing_file_is_kept_unless_asked(tmp_path: Path) -> None:
    write_journal(a_journal(), tmp_path / "journal.json")
    with pytest.raises(OutputError, match="exists already"):
        write_journal(a_journal(), tmp_path / "journal.json")
    write_journal(a_journal(), tmp_path / "journal.json", overwrite=True)


def test_what_has_no_journal_says_so(a_writer: EditorWriter, tmp_path: Path) -> None:
    own = a_writer.add_segment("drawn")
    with pytest.raises(PromptError, match="segment 'drawn': has no prompt journal"):
        journal_from((a_writer.node, own))
    with pytest.raises(PromptError, match="segment 'nobody': is not in the segmentation"):
        journal_from((a_writer.node, "nobody"))
    with pytest.raises(PromptError, match="cannot be read"):
        journal_from(tmp_path / "missing.json")
    (tmp_path / "bad.json").write_text("[1, 2")
    with pytest.raises(PromptError, match=r"bad\.json"):
        journal_from(tmp_path / "bad.json")
