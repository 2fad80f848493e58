"""Slicer's segmentation files: what is read of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import VolumeError
from medsam_core.formats.seg_nrrd_reader import MOST_SEGMENTS, read_seg_nrrd
from medsam_core.formats.seg_nrrd_writer import write_seg_nrrd
from medsam_core.segment_colours import palette_colour
from testkit.geometries import an_oblique_geometry

HEADER = (
    "NRRD0004\ntype: unsigned char\ndimension: 3\nsizes: 2 2 2\nencoding: raw\n"
    "space: left-posterior-superior\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n"
)
LAYERED = (
    "NRRD0004\ntype: unsigned char\ndimension: 4\nsizes: 2 2 2 2\nkinds: list domain domain domain\n"
    "encoding: raw\nspace: left-posterior-superior\n"
    "space directions: none (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n"
)


def a_file(folder: Path, *keys: str, header: str = HEADER, values: bytes = bytes(range(8))) -> Path:
    path = folder / "a.seg.nrrd"
    path.write_bytes((header + "\n".join(keys) + "\n\n").encode() + values)
    return path


def test_what_the_writer_wrote_comes_back_as_it_was(tmp_path: Path) -> None:
    geometry = an_oblique_geometry()
    labels = np.random.default_rng(0).integers(0, 4, geometry.shape_kji, np.uint8) * 70
    colours = {70: (0.25, 0.5, 0.75)}
    write_seg_nrrd(
        tmp_path / "a.seg.nrrd",
        labels,
        geometry,
        names={70: "left kidney", 140: "cyst"},
        colours=colours,
        terminology={},
        tags={70: {"My.Tag": "a:b c"}},
    )
    found = read_seg_nrrd(tmp_path / "a.seg.nrrd")
    for one in found.segments:
        seen = np.zeros(labels.shape, bool)
        one.patch.paste(seen)
        np.testing.assert_array_equal(seen, labels == one.label)
    np.testing.assert_allclose(found.geometry.ijk_to_ras, geometry.ijk_to_ras, atol=1e-4)
    assert [(one.name, one.label) for one in found.segments] == [
        ("left kidney", 70),
        ("cyst", 140),
        ("segment 210", 210),
    ]
    assert found.segments[0].colour == (0.25, 0.5, 0.75)
    assert found.segments[0].tags["My.Tag"] == "a:b c"


def test_each_layer_is_a_map_of_its_own(tmp_path: Path) -> None:
    keys = [
        f"Segment{n}_{key}" for n, key in ((0, "Layer:=0"), (1, "Layer:=1"), (0, "Name:=a"), (1, "Name:=b"))
    ]
    keys += ["Segment0_LabelValue:=1", "Segment1_LabelValue:=1"]
    values = bytes([1, 0] * 4 + [1, 1] * 4)  # layers run fastest
    found = read_seg_nrrd(a_file(tmp_path, *keys, header=LAYERED, values=values))
    assert [one.layer for one in found.segments] == [0, 1]
    assert [one.patch.mask_kji.shape for one in found.segments] == [(2, 2, 2), (1, 2, 2)]
    assert [one.patch.start_kji for one in found.segments] == [(0, 0, 0), (1, 0, 0)]
    assert all(one.patch.mask_kji.all() for one in found.segments)


def test_of_a_file_without_layers_each_segment_has_its_own_map(tmp_path: Path) -> None:
    found = read_seg_nrrd(
        a_file(tmp_path, "Segment0_Name:=a", "Segment1_Name:=b", header=LAYERED, values=bytes([1, 0] * 8))
    )
    assert [(one.layer, one.label) for one in found.segments] == [(0, 1), (1, 1)]


def test_a_segment_without_name_and_colour_gets_some(tmp_path: Path) -> None:
    (found,) = read_seg_nrrd(
        a_file(tmp_path, "Segment0_Name:= \x07 ", "Segment0_LabelValue:=3", "Segment0_Layer:=0")
    ).segments
    assert (found.name, found.colour) == ("Segment 1", palette_colour(1))


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["Segment0_Layer:=1", "Segment0_LabelValue:=1"], "label 1 in layer 1, which cannot be"),
        (["Segment0_Layer:=-1", "Segment0_LabelValue:=1"], "which cannot be"),
        (["Segment0_Layer:=0", "Segment0_LabelValue:=0"], "which cannot be"),
        (
            ["Segment0_Layer:=0", "Segment0_LabelValue:=99999999999999999999"],
            "its segment fields are damaged",
        ),
        (["Segment0_Layer:=0", "Segment0_LabelValue:=1_0"], "its segment fields are damaged"),
        (["Segment0_Layer:=" + "9" * 4000, "Segment0_LabelValue:=1"], "its segment fields are damaged"),
        (["Segment0_Layer:=0", "Segment0_LabelValue:=one"], "its segment fields are damaged"),
        (
            [f"Segment{n}_{key}" for n in (0, 1) for key in ("Layer:=0", "LabelValue:=1")],
            "has the label of another one",
        ),
        (["Segment0_Layer:=0", "Segmentation_MasterRepresentation:=Fractional labelmap"], "not as voxels"),
        (["Segment0_Layer:=0", "Segmentation_Extent:=0 1 0 1 0 1"], "early versions"),
        ([f"Segment{n}_Layer:=0" for n in range(MOST_SEGMENTS + 1)], "holds 251 segments"),
        ([], "holds no segment"),
    ],
)
def test_a_file_that_cannot_be_is_refused_in_one_line(tmp_path: Path, keys: list[str], told: str) -> None:
    with pytest.raises(VolumeError, match=told) as refused:
        read_seg_nrrd(a_file(tmp_path, *keys))
    assert str(refused.value).count("\n") == 0


def test_a_header_that_claims_more_than_the_file_holds_is_refused_before_memory_is_taken(
    tmp_path: Path,
) -> None:
    huge = HEADER.replace("sizes: 2 2 2", "sizes: 20000 20000 20000")
    with pytest.raises(VolumeError, match="cut off or damaged"):
        read_seg_nrrd(a_file(tmp_path, "Segment0_Layer:=0", "Segment0_LabelValue:=1", header=huge))


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x0c"])
def test_only_a_line_of_the_format_is_a_line(tmp_path: Path, end: str) -> None:
    keys = [f"Segment0_Name:=left{end}Segment0_LabelValue:=7", "Segment0_LabelValue:=1", "Segment0_Layer:=0"]
    (found,) = read_seg_nrrd(a_file(tmp_path, *keys)).segments
    assert (found.name, found.label) == ("left Segment0_LabelValue:=7", 1)


def test_backslashes_are_written_and_read_as_the_format_has_them(tmp_path: Path) -> None:
    names, tags = {70: "C:\\new\\lesion \\\\"}, {70: {"My.Tag": "a\\nb\\c"}}
    geometry = an_oblique_geometry()
    labels = np.full(geometry.shape_kji, 70, np.uint8)
    path = tmp_path / "a.seg.nrrd"
    write_seg_nrrd(path, labels, geometry, names=names, colours={}, terminology={}, tags=tags)
    assert b"Segment0_Name:=C:\\\\new\\\\lesion \\\\\\\\\n" in path.read_bytes()
    (found,) = read_seg_nrrd(path).segments
    assert (found.name, found.tags["My.Tag"]) == (names[70], tags[70]["My.Tag"])


def test_a_line_end_in_a_name_becomes_a_space(tmp_path: Path) -> None:
    keys = ["Segment0_Name:=left\\nkidney", "Segment0_LabelValue:=1", "Segment0_Layer:=0"]
    (found,) = read_seg_nrrd(a_file(tmp_path, *keys)).segments
    assert found.name == "left kidney"
