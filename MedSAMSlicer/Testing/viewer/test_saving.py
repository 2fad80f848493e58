"""A saved file holds what is seen, and saving changes nothing, on a real scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.saved_segmentation import SavedSegmentation
from medsam_core.segmentation_reader import read_segmentation
from testkit.opened_volumes import a_block, an_opened_volume
from testkit.segments import edit

pytest.importorskip("slicer")

from medsam_core.mrml.saved_segments import add_saved
from medsam_core.mrml.segment_layers import SegmentLayers
from medsam_viewer.open_volume import OpenVolume
from medsam_viewer.saving import file_of


@pytest.fixture
def an_opened() -> OpenVolume:
    """A volume whose voxels are no cubes of 1 mm, with an empty segment."""
    return an_opened_volume("empty")


def saved(opened: OpenVolume, folder: Path) -> Path:
    path = folder / "s.seg.nrrd"
    path.write_bytes(file_of(opened, "seg.nrrd", None)[1])
    return path


def masks(found: SavedSegmentation) -> dict[str, np.ndarray]:
    """Segment name -> (k, j, i) bool."""
    shown = {}
    for one in found.segments:
        shown[one.name] = np.zeros(found.geometry.shape_kji, bool)
        if one.patch.voxels:
            shown[one.name][one.patch.slices] = one.patch.mask_kji
    return shown


def layers(opened: OpenVolume) -> list[tuple[dict[str, int], int]]:
    """Of each labelmap: its labels, and when it changed last."""
    return [(one.labels, one.image.GetMTime()) for one in SegmentLayers(opened.segmentation).all]


def test_beside_an_empty_segment_what_was_opened_is_saved_as_it_is(
    an_opened: OpenVolume, tmp_path: Path
) -> None:
    drawn = OpenVolume.open(an_opened.scene, an_opened.volume)
    one = drawn.writer.add_segment("one")
    drawn.writer.write([edit(one, a_block(3) | a_block(4))])
    first = read_segmentation(saved(drawn, tmp_path))
    add_saved(an_opened.writer, first, "s.seg.nrrd")
    again = read_segmentation(saved(an_opened, tmp_path))
    assert again.geometry.agrees_with(an_opened.volume.geometry)
    found = masks(again)
    assert not found["empty"].any()
    np.testing.assert_array_equal(found["one"], a_block(3) | a_block(4))


def test_saving_changes_neither_voxels_nor_labels_of_the_scene(an_opened: OpenVolume, tmp_path: Path) -> None:
    (segment,) = an_opened.writer.segments()
    an_opened.writer.write([edit(segment.segment_id, a_block(5))])
    add_saved(an_opened.writer, read_segmentation(saved(an_opened, tmp_path)), "s.seg.nrrd")
    before = layers(an_opened)
    assert len(before) == 2  # Slicer would merge what it can, and count the labels anew
    saved(an_opened, tmp_path)
    assert layers(an_opened) == before
