"""A segmentation is written on the grid of its image, whole or not at all."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings
from PIL import Image

from medsam_core import atomic_file
from medsam_core.errors import OutputError
from medsam_core.geometry import Geometry
from medsam_core.segmentation_writer import SUFFIXES, check_format, write_segmentation
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume
from testkit.geometries import a_sheared_geometry, an_oblique_geometry, geometries

GRID = an_oblique_geometry()
LABELS = np.random.default_rng(0).integers(0, 3, GRID.shape_kji).astype(np.uint8)
# .dcm needs its source images: see test_dicom_seg_writer.
VOLUMES = [suffix for suffix in SUFFIXES if suffix not in (".png", ".dcm")]


@dataclass
class ASegmentation:
    """The least that can be written."""

    labels_kji: np.ndarray = field(default_factory=LABELS.copy)
    geometry: Geometry = GRID
    segment_names: dict[int, str] = field(default_factory=lambda: {1: "liver", 2: "spleen"})


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(geometries(sheared=True))
@pytest.mark.parametrize("suffix", VOLUMES)
def test_labels_and_place_come_back_from_every_format(
    tmp_path: Path, suffix: str, geometry: Geometry
) -> None:
    labels = np.random.default_rng(1).integers(0, 4, geometry.shape_kji).astype(np.uint8)
    path = tmp_path / f"out{suffix}"
    write_segmentation(labels, path, geometry=geometry, overwrite=True)
    back = read_volume(path)
    assert np.array_equal(back.array_kji, labels)
    assert back.array_kji.dtype == np.uint8
    if "nii" in suffix:  # float32: seven digits of hundreds of millimetres
        np.testing.assert_allclose(back.ijk_to_ras, geometry.ijk_to_ras, rtol=2e-7, atol=5e-5)
    else:
        np.testing.assert_allclose(back.ijk_to_ras, geometry.ijk_to_ras, rtol=1e-13, atol=1e-12)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(geometries())
@pytest.mark.parametrize("suffix", VOLUMES)
def test_itk_finds_the_output_where_it_finds_the_image(
    tmp_path: Path, suffix: str, geometry: Geometry
) -> None:
    image = SimpleITK.GetImageFromArray(np.zeros(geometry.shape_kji, np.int16))
    geometry.apply_to_sitk(image)
    before, after = tmp_path / f"image{suffix}", tmp_path / f"out{suffix}"
    SimpleITK.WriteImage(image, str(before))
    volume = read_volume(before)
    labels = np.zeros(geometry.shape_kji, np.uint8)
    write_segmentation(labels, after, geometry=volume.geometry, overwrite=True)
    seen, there = (Geometry.from_sitk(SimpleITK.ReadImage(str(path))) for path in (before, after))
    assert there.agrees_with(seen, tolerance_voxels=1e-4)


@pytest.mark.parametrize("suffix", [".nrrd", ".seg.nrrd", ".mha"])
def test_itk_reads_sheared_outputs_sheared(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    write_segmentation(LABELS, path, geometry=a_sheared_geometry())
    image = SimpleITK.ReadImage(str(path))
    assert Geometry.from_sitk(image).agrees_with(a_sheared_geometry(), tolerance_voxels=1e-9)
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), LABELS)


def test_itk_refuses_a_sheared_nifti_rather_than_straighten_it(tmp_path: Path) -> None:
    path = tmp_path / "out.nii.gz"
    write_segmentation(LABELS, path, geometry=a_sheared_geometry())
    with pytest.raises(RuntimeError, match="orthonormal"):
        SimpleITK.ReadImage(str(path))
    assert read_volume(path).geometry.agrees_with(a_sheared_geometry(), tolerance_voxels=1e-4)


@pytest.mark.parametrize("suffix", VOLUMES)
def test_labels_above_255_take_16_bits_and_others_8(tmp_path: Path, suffix: str) -> None:
    for largest, kind in ((255, np.uint8), (256, np.uint16), (65535, np.uint16)):
        labels = np.zeros(GRID.shape_kji, np.int64)
        labels[1, 2, 3] = largest
        path = tmp_path / f"{largest}{suffix}"
        write_segmentation(labels, path, geometry=GRID)
        back = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
        assert back.dtype == kind
        assert np.array_equal(back, labels)


@pytest.mark.parametrize("largest", [255, 256, 40000])
def test_a_png_holds_the_label_numbers(tmp_path: Path, largest: int) -> None:
    labels = np.array([[[0, 1, 2], [3, 4, largest]]])
    path = tmp_path / "out.png"
    write_segmentation(labels, path, geometry=Geometry((3, 2, 1), np.eye(4)))
    assert np.array_equal(np.array(Image.open(path)), labels[0])
    assert np.array_equal(read_volume(path).array_kji, labels)


@pytest.mark.parametrize("suffix", VOLUMES)
def test_equal_segmentations_give_equal_bytes(tmp_path: Path, suffix: str) -> None:
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    for path in (one, two):
        write_segmentation(ASegmentation(), path)
    assert one.read_bytes() == two.read_bytes()


def test_masks_of_truth_values_are_label_1(tmp_path: Path) -> None:
    path = tmp_path / "out.nrrd"
    write_segmentation(LABELS > 1, path, geometry=GRID)
    assert np.array_equal(read_volume(path).array_kji, (LABELS > 1).astype(np.uint8))


def test_the_labels_that_were_given_stay_as_they_were(tmp_path: Path) -> None:
    given = ASegmentation()
    for suffix in VOLUMES:
        write_segmentation(given, tmp_path / f"out{suffix}")
    assert np.array_equal(given.labels_kji, LABELS)
    assert given.labels_kji.flags.writeable


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "no suffix": (lambda d: write_segmentation(ASegmentation(), d / "out"), "no format"),
    "unknown suffix": (lambda d: write_segmentation(ASegmentation(), d / "out.stl"), "no format.*nii"),
    "a JPEG": (lambda d: write_segmentation(ASegmentation(), d / "out.jpg"), "no format"),
    "a PNG of slices": (lambda d: write_segmentation(ASegmentation(), d / "out.png"), "one slice.*4"),
    "no geometry": (lambda d: write_segmentation(LABELS, d / "out.nrrd"), "without a geometry"),
    "another grid": (lambda d: write_segmentation(LABELS[1:], d / "out.nrrd", geometry=GRID), "shape"),
    "real numbers": (lambda d: write_segmentation(LABELS * 0.5, d / "out.nrrd", geometry=GRID), "float64"),
    "below zero": (
        lambda d: write_segmentation(LABELS - 1.0 > 0, d / "a/b.nrrd", geometry=GRID),
        "create it",
    ),
    "a negative label": (
        lambda d: write_segmentation(LABELS.astype(np.int16) - 1, d / "out.nrrd", geometry=GRID),
        "from -1 to 1",
    ),
    "a label of 65536": (
        lambda d: write_segmentation(LABELS.astype(np.int32) * 32768, d / "out.nrrd", geometry=GRID),
        "to 65536",
    ),
    "a folder": (lambda d: write_segmentation(ASegmentation(), _folder(d / "out.nrrd")), "not a file"),
}


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize(("write", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_written_is_refused_in_one_line_and_leaves_nothing(
    tmp_path: Path, write: Callable[[Path], None], words: str
) -> None:
    with pytest.raises(OutputError, match=words) as caught:
        write(tmp_path)
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("suffix", VOLUMES)
def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        write_segmentation(ASegmentation(), path)
    assert path.read_text() == "mine"
    write_segmentation(ASegmentation(), path, overwrite=True)
    assert np.array_equal(read_volume(path).array_kji, LABELS)


@pytest.mark.parametrize("suffix", [*VOLUMES, ".png"])
def test_a_full_disk_leaves_the_old_file_and_no_other(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_text("mine")

    def to_a_full_disk(target: Path) -> Path:
        temporary = target.with_name(f".tmp{suffix}")
        temporary.symlink_to("/dev/full")
        return temporary

    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    monkeypatch.setattr(atomic_file, "_create_beside", to_a_full_disk)
    grid = Geometry((200, 200, 1), np.eye(4))
    labels = np.random.default_rng(0).integers(0, 255, grid.shape_kji)
    with pytest.raises(OutputError, match="no space left") as caught:
        write_segmentation(labels, path, geometry=grid, overwrite=True)
    assert caught.value.__cause__.errno == errno.ENOSPC
    assert [left.name for left in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "mine"


def a_volume(path: Path, size: tuple[int, int, int]) -> Volume:
    array = np.broadcast_to(np.uint8(0), size[::-1])
    return Volume(array, Geometry(size, np.eye(4)), source=path)


def test_a_format_can_be_checked_before_the_work(tmp_path: Path) -> None:
    image = tmp_path / "image.nii.gz"
    image.write_text("")
    many, one, long = (a_volume(image, size) for size in ((3, 3, 3), (3, 3, 1), (40000, 1, 1)))
    for suffix in VOLUMES:
        check_format(tmp_path / f"out{suffix}", many)
    check_format(tmp_path / "out.png", one)
    check_format(tmp_path / "out.nrrd", long)
    for name, volume, words in (
        ("out.png", many, "one slice"),
        ("out.gif", many, "no format"),
        ("out.nii.gz", long, "32767"),
        ("image.nii.gz", many, "is the image itself"),
    ):
        with pytest.raises(OutputError, match=words):
            check_format(tmp_path / name, volume)
