"""3D Slicer's own format carries names, colours and terms."""

from __future__ import annotations

from pathlib import Path

import nrrd
import numpy as np
import slicerio

from medsam_core.segment_colours import palette_colour
from medsam_core.segmentation_writer import write_segmentation
from testkit.geometries import an_oblique_geometry

GRID = an_oblique_geometry()
LABELS = np.zeros(GRID.shape_kji, np.uint16)
LABELS[0, 1:3], LABELS[1, 2], LABELS[2] = 1, 2, 300


def written(folder: Path, **options: object) -> Path:
    path = folder / "out.seg.nrrd"
    write_segmentation(LABELS, path, geometry=GRID, overwrite=True, **options)
    return path


def test_slicerio_finds_the_segments_as_they_were_given(tmp_path: Path) -> None:
    names = {1: "Left kidney", 2: "liver tumour 3", 300: "something"}
    path = written(tmp_path, names=names, colours={2: (0.25, 0.5, 1.0)})
    segmentation = slicerio.read_segmentation(str(path))
    assert np.array_equal(segmentation["voxels"].T, LABELS)
    np.testing.assert_allclose(segmentation["ijkToLPS"], GRID.ijk_to_lps, atol=1e-12)
    segments = {segment["labelValue"]: segment for segment in segmentation["segments"]}
    assert {label: segment["name"] for label, segment in segments.items()} == names
    assert segments[2]["color"] == [0.25, 0.5, 1.0]
    np.testing.assert_allclose(segments[1]["color"], palette_colour(1), atol=1e-6)
    assert len({segment["id"] for segment in segments.values()}) == 3
    types = {label: segment["terminology"]["type"][2] for label, segment in segments.items()}
    assert types == {1: "Kidney", 2: "Mass", 300: "Tissue"}
    assert segments[1]["terminology"]["typeModifier"][2] == "Left"
    for label, segment in segments.items():
        mask = slicerio.segment_mask(segmentation, segment["id"])
        assert np.array_equal(mask.T, label == LABELS)


def test_pynrrd_reads_the_header_and_the_labels(tmp_path: Path) -> None:
    labels, header = nrrd.read(str(written(tmp_path, names={1: "a"})))
    assert np.array_equal(labels.T, LABELS)
    assert header["space"] == "left-posterior-superior"
    assert header["Segmentation_MasterRepresentation"] == "Binary labelmap"


def test_segments_without_voxels_and_labels_without_names_are_listed_too(tmp_path: Path) -> None:
    segmentation = slicerio.read_segmentation(str(written(tmp_path, names={1: "a", 7: "empty"})))
    names = {segment["labelValue"]: segment["name"] for segment in segmentation["segments"]}
    assert names == {1: "a", 2: "segment 2", 7: "empty", 300: "segment 300"}


def test_names_in_any_script_are_kept_and_cannot_break_the_header(tmp_path: Path) -> None:
    names = {1: "Lebertümor 肝", 2: "two\nSegment0_Name:=evil\r\n\r\nlines", 300: "a|b:=c~^"}
    path = written(tmp_path, names=names)
    text = path.read_bytes().split(b"\n\n")[0].decode()
    assert "Segment0_Name:=Lebertümor 肝" in text
    assert "Segment1_Name:=two Segment0_Name:=evil  lines" in text
    labels, header = nrrd.read(str(path))
    assert np.array_equal(labels.T, LABELS)
    assert header["Segment2_Name"] == "a|b:=c~^"
