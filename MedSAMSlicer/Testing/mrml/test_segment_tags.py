"""Tags come back from files as they were, or are refused before they are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.errors import OutputError
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segment_tags import check_tag, is_protected, set_tag, tag_of
from medsam_core.mrml.segmentation_node import make_segmentation_node
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.scene_files import load_seg_nrrd, save_seg_nrrd
from testkit.segments import edit

TEXTS = ["plain", "größer, 大きい", "a:b:c", "eJx+/==", "~^,;%20 {}[]\"'", " in the middle ", "0" * 100_000]


@pytest.fixture
def a_writer() -> EditorWriter:
    scene = a_new_scene()
    volume = add_volume_on(scene, an_oblique_geometry(), "CT")
    return EditorWriter(scene, make_segmentation_node(scene, volume), volume)


def test_what_is_accepted_comes_back_from_a_file(a_writer: EditorWriter, tmp_path: Path) -> None:
    own = a_writer.add_segment("liver")
    tags = {f"MedSAM.{n}": text for n, text in enumerate(TEXTS)}
    a_writer.write([edit(own, np.ones((1, 1, 1), bool), **tags)])
    save_seg_nrrd(a_writer.node, tmp_path / "a.seg.nrrd")
    loaded = load_seg_nrrd(a_new_scene(), tmp_path / "a.seg.nrrd")
    assert {name: tag_of(loaded, own, name) for name in tags} == tags


@given(st.sampled_from(["a|b", "line\nbreak", "null\x00", "\ud800"]), st.booleans())
def test_what_files_would_lose_is_refused(text: str, in_name: bool) -> None:
    with pytest.raises(OutputError, match="characters that files lose; encode it as base64"):
        check_tag(text if in_name else "name", "text" if in_name else text)


@pytest.mark.parametrize(
    ("name", "text"), [("", "text"), ("n" * 129, "text"), ("name", "0" * ((1 << 24) + 1))]
)
def test_what_is_empty_or_too_long_is_refused(name: str, text: str) -> None:
    with pytest.raises(OutputError, match="characters; give at most"):
        check_tag(name, text)


def test_an_empty_text_removes_a_tag(a_writer: EditorWriter) -> None:
    own = a_writer.add_segment("liver")
    set_tag(a_writer.node, own, "note", "text")
    assert tag_of(a_writer.node, own, "note") == "text"
    set_tag(a_writer.node, own, "note", "")
    assert tag_of(a_writer.node, own, "note") is None


def test_a_segment_that_is_not_there_has_no_tags(a_writer: EditorWriter) -> None:
    assert tag_of(a_writer.node, "nobody", "note") is None
    assert not is_protected(a_writer.node, "nobody")
