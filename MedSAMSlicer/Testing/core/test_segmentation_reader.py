"""Segmentations read back, from whatever wrote them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from medsam_core import saved_segmentation
from medsam_core.errors import VolumeError
from medsam_core.formats.nifti_writer import write_nifti
from medsam_core.formats.nrrd_writer import write_nrrd
from medsam_core.formats.seg_nrrd_writer import write_seg_nrrd
from medsam_core.geometry import Geometry
from medsam_core.saved_segmentation import SavedSegmentation
from medsam_core.segment_colours import palette_colour
from medsam_core.segmentation_reader import is_segmentation, read_segmentation
from testkit.geometries import an_oblique_geometry

GEOMETRY = an_oblique_geometry()


def labels() -> np.ndarray:
    """0, 3 and 300 everywhere."""
    return np.random.default_rng(0).choice(np.array([0, 3, 300], np.uint16), GEOMETRY.shape_kji)


def label_map(found: SavedSegmentation) -> np.ndarray:
    """All segments in one map."""
    seen = np.zeros(found.geometry.shape_kji, np.uint16)
    for one in found.segments:
        seen[one.patch.slices][one.patch.mask_kji] = one.label
    return seen


@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd"])
def test_of_a_plain_label_map_each_number_becomes_a_segment(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"map.{suffix}"
    {"nii.gz": write_nifti, "nrrd": write_nrrd}[suffix](path, labels(), GEOMETRY)
    found = read_segmentation(path)
    assert [(one.name, one.label, one.colour) for one in found.segments] == [
        ("Segment 3", 3, palette_colour(3)),
        ("Segment 300", 300, palette_colour(300)),
    ]
    np.testing.assert_array_equal(label_map(found), labels())
    np.testing.assert_allclose(found.geometry.ijk_to_ras, GEOMETRY.ijk_to_ras, atol=1e-4)


def write_any(path: Path, array: np.ndarray) -> None:
    """Values of any type, as another program writes them."""
    image = sitk.GetImageFromArray(array)
    GEOMETRY.apply_to_sitk(image)
    sitk.WriteImage(image, str(path))


def test_whole_numbers_written_as_real_ones_are_labels(tmp_path: Path) -> None:
    write_any(tmp_path / "map.nrrd", labels().astype(np.float32))
    found = read_segmentation(tmp_path / "map.nrrd")
    np.testing.assert_array_equal(label_map(found), labels())


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (np.arange(-40, 80), "holds values from -40 to 79, not labels"),
        (np.linspace(0, 1, 120), "holds values from 0 to 1, not labels"),
        (np.full(120, np.nan), "not labels"),
        (np.arange(120) * 1000, "not labels"),
        (np.zeros(120, np.uint8), "holds no segment"),
    ],
)
def test_what_is_no_label_map_is_refused_with_what_it_holds(
    tmp_path: Path, values: np.ndarray, told: str
) -> None:
    write_any(tmp_path / "a.nrrd", np.resize(values, GEOMETRY.shape_kji))
    with pytest.raises(VolumeError, match=told):
        read_segmentation(tmp_path / "a.nrrd")


def test_a_picture_is_not_taken_for_hundreds_of_segments(tmp_path: Path) -> None:
    geometry = Geometry((32, 32, 2), np.eye(4))
    write_nrrd(tmp_path / "a.nrrd", np.resize(np.arange(256, dtype=np.uint8), (2, 32, 32)), geometry)
    with pytest.raises(VolumeError, match=r"255 different values.*open a picture as a volume"):
        read_segmentation(tmp_path / "a.nrrd")


@pytest.mark.parametrize("name", ["none.seg.nrrd", "notes.txt", "a.nii.gz"])
def test_what_is_not_there_or_of_another_kind_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(VolumeError) as told:
        read_segmentation(tmp_path / name)
    assert name in str(told.value)
    assert "\n" not in str(told.value)


def test_a_segmentation_is_told_by_its_name(tmp_path: Path) -> None:
    assert is_segmentation("A.SEG.NRRD")
    assert not is_segmentation("a.nrrd")
    path = tmp_path / "renamed.nrrd"  # and by its header
    write_seg_nrrd(path, labels(), GEOMETRY, names={3: "liver"}, colours={}, terminology={})
    assert [one.name for one in read_segmentation(path).segments] == ["liver", "segment 300"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.seg.nrrd")
    with pytest.raises(VolumeError, match="is not a file"):
        read_segmentation(tmp_path / "a.seg.nrrd")


@pytest.mark.parametrize("suffix", [".seg.nrrd", ".nii.gz"])
def test_segments_that_do_not_fit_into_the_memory_are_one_line(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{suffix}"
    geometry = an_oblique_geometry()
    if suffix == ".nii.gz":
        write_nifti(path, labels(), geometry)
    else:
        write_seg_nrrd(path, labels(), geometry, names={}, colours={}, terminology={})
    monkeypatch.setattr(saved_segmentation, "free_memory", lambda: 1)
    with pytest.raises(VolumeError, match="needs more memory than is free; close other programs"):
        read_segmentation(path)
