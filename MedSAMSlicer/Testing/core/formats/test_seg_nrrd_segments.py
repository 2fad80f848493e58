"""A saved segmentation says what its segments are called, numbered and coloured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import VolumeError
from medsam_core.formats.nrrd_header import parse_nrrd_header
from medsam_core.formats.seg_nrrd_segments import SegNrrdSegment, segments_of
from medsam_core.segmentation_writer import write_segmentation
from testkit.geometries import an_oblique_geometry

HEADER = "NRRD0004\ntype: unsigned char\ndimension: 3\nsizes: 1 1 1\nencoding: raw\n"


def read(folder: Path, *lines: str) -> list[SegNrrdSegment]:
    path = folder / "a.seg.nrrd"
    path.write_bytes((HEADER + "\n".join(lines) + "\n\n").encode() + b"\0")
    return segments_of(parse_nrrd_header(path))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    grid = an_oblique_geometry()
    labels = np.zeros(grid.shape_kji, np.uint8)
    labels[0], labels[1] = 7, 4
    path = tmp_path / "a.seg.nrrd"
    names, colours = {7: "Leber", 4: "a:b"}, {7: (0.25, 0.5, 1.0), 4: (0.0, 1.0, 0.125)}
    write_segmentation(labels, path, geometry=grid, names=names, colours=colours)
    four, seven = segments_of(parse_nrrd_header(path))
    assert (seven.place, seven.label, seven.name, seven.colour) == (2, 7, "Leber", colours[7])
    assert (four.place, four.label, four.name, four.colour) == (1, 4, "a:b", colours[4])
    assert seven.tag("TerminologyEntry").startswith("Segmentation category")


def test_the_order_is_that_of_the_numbers(tmp_path: Path) -> None:
    segments = read(tmp_path, "Segment10_Name:=tenth", "Segment2_Name:=second", "Segment2_Layer:=1")
    assert [(s.place, s.name, s.layer, s.label) for s in segments] == [
        (1, "second", 1, 1),
        (2, "tenth", 0, 2),
    ]


def test_what_the_file_does_not_say_has_a_value(tmp_path: Path) -> None:
    assert read(tmp_path) == []
    (segment,) = read(tmp_path, "Segment0_Tags:=x:y:z|w|:v|")
    assert segment == SegNrrdSegment(1, tags="x:y:z|w|:v|")
    assert (segment.tag("x"), segment.tag("w"), segment.tag("none")) == ("y:z", "", "")


@pytest.mark.parametrize("colour", ["", "red", "1 0", "2 0 0", "nan 0 0", "0 0 0 0"])
def test_a_colour_that_is_none_is_left_out(tmp_path: Path, colour: str) -> None:
    (segment,) = read(tmp_path, f"Segment0_Color:={colour}")
    assert segment.colour is None


@pytest.mark.parametrize("field", ["LabelValue", "Layer"])
def test_a_number_that_is_none_is_refused(tmp_path: Path, field: str) -> None:
    with pytest.raises(VolumeError, match="its segment fields are damaged"):
        read(tmp_path, f"Segment0_{field}:=one")
