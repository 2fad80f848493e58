"""DICOM folders become the volume that lies in the patient."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from medsam_core.errors import VolumeError
from medsam_core.formats.dicom_reader import read_dicom_file, read_dicom_folder
from medsam_core.geometry import Geometry
from testkit.dicom_files import write_series
from testkit.geometries import a_sheared_geometry, an_oblique_geometry

RIGHT_HANDED = np.diag([-1.0, 1.0, 1.0, 1.0])  # slices ascend along the normal of rows and columns
OBLIQUE = Geometry((6, 5, 4), an_oblique_geometry().ijk_to_ras @ RIGHT_HANDED)
TILTED = Geometry((6, 5, 4), a_sheared_geometry().ijk_to_ras @ RIGHT_HANDED)
VALUES = np.random.default_rng(0).integers(-1000, 1000, (4, 5, 6)).astype(np.int16)


@pytest.mark.parametrize("geometry", [OBLIQUE, TILTED], ids=["oblique", "tilted gantry"])
def test_values_place_modality_and_name_come_back(tmp_path: Path, geometry: Geometry) -> None:
    write_series(tmp_path, VALUES, geometry, description="Abdomen 3.0", modality="CT")
    volume = read_dicom_folder(tmp_path)
    assert np.array_equal(volume.array_kji, VALUES)
    assert volume.geometry.agrees_with(geometry, tolerance_voxels=1e-6)
    assert (volume.modality, volume.name, volume.source) == ("CT", "Abdomen 3.0", tmp_path)
    assert bool(volume.notes) == (geometry is TILTED)


def test_an_upright_series_is_read_as_itk_reads_it(tmp_path: Path) -> None:
    write_series(tmp_path, VALUES, OBLIQUE)
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path))
    image = SimpleITK.ReadImage(names)
    volume = read_dicom_folder(tmp_path)
    assert volume.geometry.agrees_with(Geometry.from_sitk(image), tolerance_voxels=1e-9)
    assert np.array_equal(volume.array_kji, SimpleITK.GetArrayFromImage(image))


def test_the_real_series_is_read_as_itk_reads_it(data_root: Path) -> None:
    folder = data_root / "totalseg_ct_dicom" / "images" / "ct_abdomen_dicom"
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = SimpleITK.ReadImage(names)
    volume = read_dicom_folder(folder)
    assert volume.geometry.agrees_with(Geometry.from_sitk(image), tolerance_voxels=1e-6)
    assert volume.array_kji.dtype == np.int16
    assert np.array_equal(volume.array_kji, SimpleITK.GetArrayFromImage(image))
    assert volume.modality == "CT"


def test_file_names_and_sub_folders_do_not_matter(tmp_path: Path) -> None:
    paths = write_series(tmp_path / "one", VALUES, OBLIQUE)
    (tmp_path / "two").mkdir()
    for n, path in enumerate(reversed(paths)):
        shutil.move(path, tmp_path / ("one" if n % 2 else "two") / f"{n}")
    (tmp_path / "notes.txt").write_text("not an image")
    assert np.array_equal(read_dicom_folder(tmp_path).array_kji, VALUES)


def test_a_second_copy_of_an_image_counts_once(tmp_path: Path) -> None:
    path = write_series(tmp_path, VALUES, OBLIQUE)[2]
    shutil.copy(path, tmp_path / "copy.dcm")
    assert np.array_equal(read_dicom_folder(tmp_path).array_kji, VALUES)


def test_rescale_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    write_series(tmp_path, VALUES * 2, OBLIQUE, slope=2, intercept=-1024)
    assert np.array_equal(read_dicom_folder(tmp_path).array_kji, VALUES * 2)


def test_colour_images_are_colour_volumes(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (4, 5, 6, 3)).astype(np.uint8)
    write_series(tmp_path, colours, OBLIQUE, modality="US")
    volume = read_dicom_folder(tmp_path)
    assert np.array_equal(volume.array_kji, colours)
    assert volume.modality == "US"


def two_series(folder: Path) -> None:
    write_series(folder, VALUES, OBLIQUE, uid="1.2.3.77", name="a", description="soft", number=2)
    write_series(folder, VALUES[:3] + 1, OBLIQUE, uid="1.2.4.88", name="b", description="bone", number=1)


def test_several_series_are_listed_and_one_must_be_chosen(tmp_path: Path) -> None:
    two_series(tmp_path)
    with pytest.raises(VolumeError) as caught:
        read_dicom_folder(tmp_path)
    line = str(caught.value)
    assert "holds 2 series" in line
    assert "--series" in line
    assert "1 = bone (CT, 3 images, 6 x 5, UID 1.2.4.88)" in line
    assert "2 = soft (CT, 4 images, 6 x 5, UID 1.2.3.77)" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("choice", "images"), [("1", 3), ("2", 4), ("1.2.3.77", 4), ("1.2.3", 4), (".88", 3), ("1.2.4.88", 3)]
)
def test_a_series_is_chosen_by_number_or_uid_or_its_ends(tmp_path: Path, choice: str, images: int) -> None:
    two_series(tmp_path)
    assert len(read_dicom_folder(tmp_path, series=choice).array_kji) == images


@pytest.mark.parametrize("choice", ["0", "3", "1.2.", "9.9", "", "-1", "soft", "８"])
def test_a_choice_that_fits_no_single_series_lists_them(tmp_path: Path, choice: str) -> None:
    two_series(tmp_path)
    with pytest.raises(VolumeError, match=r"no single series.*1 = bone.*2 = soft"):
        read_dicom_folder(tmp_path, series=choice)


def test_a_localiser_of_the_same_uid_stands_apart(tmp_path: Path) -> None:
    write_series(tmp_path, VALUES, OBLIQUE, name="a")
    turned = Geometry((6, 5, 1), OBLIQUE.ijk_to_ras[:, [1, 2, 0, 3]])
    write_series(tmp_path, VALUES[:1], turned, name="b", temporal=9)
    with pytest.raises(VolumeError, match="holds 2 series"):
        read_dicom_folder(tmp_path)


def test_time_points_make_a_4d_image_with_frames(tmp_path: Path) -> None:
    for n in range(3):
        write_series(tmp_path, VALUES + 100 * n, OBLIQUE, name=f"t{n}_", temporal=n + 1)
    with pytest.raises(VolumeError, match="holds 3 frames; choose one of --frame 0 to --frame 2"):
        read_dicom_folder(tmp_path)
    for n in range(3):
        assert np.array_equal(read_dicom_folder(tmp_path, frame=n).array_kji, VALUES + 100 * n)


def test_a_missing_slice_is_refused_and_uneven_ones_are_remarked(tmp_path: Path) -> None:
    values = np.concatenate([VALUES, VALUES])
    grid = Geometry((6, 5, 8), OBLIQUE.ijk_to_ras)
    paths = write_series(tmp_path / "hole", values, grid)
    paths[3].unlink()
    with pytest.raises(VolumeError, match=r"2\.5 to 5 mm apart: slices are missing"):
        read_dicom_folder(tmp_path / "hole")
    for n, shift in enumerate([0, 0.1, 0, 0]):
        matrix = OBLIQUE.ijk_to_ras.copy()
        matrix[:3, 3] += matrix[:3, 2] * (n + shift)
        write_series(
            tmp_path / "uneven", VALUES[n : n + 1], Geometry((6, 5, 1), matrix), name=str(n), temporal=n
        )
    volume = read_dicom_folder(tmp_path / "uneven")
    assert "taken as even" in volume.notes[0]
    assert volume.geometry.agrees_with(OBLIQUE, tolerance_voxels=1e-6)


def test_places_with_different_counts_are_refused(tmp_path: Path) -> None:
    write_series(tmp_path, VALUES, OBLIQUE, name="a")
    write_series(tmp_path, VALUES, OBLIQUE, name="b", temporal=2)[1].unlink()
    with pytest.raises(VolumeError, match="1 images at some places and 2 at others"):
        read_dicom_folder(tmp_path)


def test_a_single_file_is_one_slice_in_its_place(tmp_path: Path) -> None:
    path = write_series(tmp_path, VALUES, OBLIQUE)[2]
    volume = read_dicom_file(path)
    assert np.array_equal(volume.array_kji, VALUES[2:3])
    np.testing.assert_allclose(
        volume.geometry.from_ijk((1, 2, 0), "ras"), OBLIQUE.from_ijk((1, 2, 2), "ras"), atol=1e-6
    )
    assert np.array_equal(read_dicom_folder(path.parent, frame=None).array_kji, VALUES)


def test_a_multi_frame_file_is_a_volume(tmp_path: Path) -> None:
    path = tmp_path / "cine.dcm"
    image = SimpleITK.GetImageFromArray(VALUES.astype(np.uint8))
    image.SetSpacing((0.5, 0.5, 2.0))
    SimpleITK.WriteImage(image, str(path))
    volume = read_dicom_file(path)
    assert np.array_equal(volume.array_kji, VALUES.astype(np.uint8))
    assert volume.geometry.agrees_with(Geometry.from_sitk(SimpleITK.ReadImage(str(path))))


def test_reports_beside_the_images_are_passed_over(tmp_path: Path) -> None:
    write_series(tmp_path, VALUES, OBLIQUE)
    sop_class = b"1.2.840.10008.5.1.4.1.1.88.11\0"
    report = b"\0" * 128 + b"DICM" + struct.pack("<HH2sH", 2, 2, b"UI", len(sop_class)) + sop_class
    (tmp_path / "report.dcm").write_bytes(report)
    assert np.array_equal(read_dicom_folder(tmp_path).array_kji, VALUES)


def test_folders_without_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VolumeError, match="no DICOM images"):
        read_dicom_folder(tmp_path)
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "b.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"junk" * 30)
    with pytest.raises(VolumeError, match="no DICOM images"):
        read_dicom_folder(tmp_path)


BAD_FILES = {
    "empty": b"",
    "text": b"hello world" * 50,
    "only the magic": b"\0" * 128 + b"DICM",
    "magic and junk": b"\0" * 128 + b"DICM" + b"junk" * 200,
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
def test_bad_files_are_refused_silently_in_one_line(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture
) -> None:
    path = tmp_path / "bad.dcm"
    path.write_bytes(content)
    with pytest.raises(VolumeError, match="no DICOM image") as caught:
        read_dicom_file(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_cut_off_image_in_a_series_is_named(
    tmp_path: Path, kept: float, capfd: pytest.CaptureFixture
) -> None:
    values = np.concatenate([VALUES] * 5, axis=1).repeat(10, axis=2)
    paths = write_series(tmp_path, values, Geometry((60, 25, 4), OBLIQUE.ijk_to_ras))
    content = paths[3].read_bytes()
    paths[3].write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(VolumeError, match=r"slice003\.dcm: is cut off"):
        read_dicom_folder(tmp_path)
    assert capfd.readouterr() == ("", "")
