"""A DICOM segmentation lies where its images lie, and says whose, what, and by what it was made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, assume, given, settings

from medsam_core.errors import OutputError
from medsam_core.formats import dicom_library
from medsam_core.geometry import Geometry
from medsam_core.segmentation_writer import check_format, write_segmentation
from medsam_core.volume_reader import read_volume
from testkit.dicom_files import write_series
from testkit.geometries import a_sheared_geometry, an_oblique_geometry, geometries

pydicom = pytest.importorskip("pydicom")
highdicom = pytest.importorskip("highdicom")

from testkit.dicom_seg import labels_of_seg  # noqa: E402  (needs pydicom)

GRID = an_oblique_geometry((7, 6, 5))


def some_labels(geometry: Geometry, *labels: int) -> np.ndarray:
    chosen = np.array((0, *(labels or (1, 2))), np.uint16)
    return chosen[np.random.default_rng(4).integers(0, len(chosen), geometry.shape_kji)]


def a_series(folder: Path, geometry: Geometry = GRID, **tags: object) -> list[Path]:
    """A series with values that tell its slices apart."""
    values = np.arange(np.prod(geometry.shape_kji), dtype=np.int16).reshape(geometry.shape_kji)
    return write_series(folder, values, geometry, **tags)


def with_tags(paths: list[Path], **tags: object) -> None:
    for path in paths:
        header = pydicom.dcmread(path)
        for name, value in tags.items():
            setattr(header, name, value)
        header.save_as(path)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(geometries(largest=7))
def test_every_voxel_comes_back_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, geometry: Geometry
) -> None:
    assume(geometry.size_ijk[0] * geometry.size_ijk[1] >= 8)
    folder = tmp_path_factory.mktemp("case")
    a_series(folder / "images", geometry)
    volume = read_volume(folder / "images")
    labels = some_labels(volume.geometry, 1, 2, 7)
    write_segmentation(labels, folder / "out.dcm", geometry=volume.geometry, source=volume)
    assert np.array_equal(labels_of_seg(folder / "out.dcm", volume.geometry), labels)


@pytest.mark.parametrize("kind", [an_oblique_geometry, a_sheared_geometry])
def test_another_reader_finds_the_frames_of_straight_and_tilted_slices(tmp_path: Path, kind) -> None:
    a_series(tmp_path / "images", kind((7, 6, 5)))
    volume = read_volume(tmp_path / "images")
    labels = some_labels(volume.geometry)
    write_segmentation(labels, tmp_path / "out.seg.dcm", geometry=volume.geometry, source=volume)
    seg = highdicom.seg.segread(tmp_path / "out.seg.dcm")
    places = {path: k for k, path in enumerate(volume.files)}
    by_uid = {pydicom.dcmread(path).SOPInstanceUID: k for path, k in places.items()}
    found = seg.get_pixels_by_source_instance(list(by_uid), combine_segments=True)
    assert np.array_equal(found[np.argsort(list(by_uid.values()))], labels)


def test_itk_finds_a_segment_where_the_image_is(tmp_path: Path) -> None:
    straight = Geometry((8, 6, 5), np.diag([-0.7, -0.9, 2.5, 1.0]))  # GDCM drops a last part of a byte
    a_series(tmp_path / "images", straight)
    volume = read_volume(tmp_path / "images")
    labels = some_labels(volume.geometry, 1)
    write_segmentation(labels, tmp_path / "out.dcm", geometry=volume.geometry, source=volume)
    image = SimpleITK.ReadImage(str(tmp_path / "out.dcm"))
    seen = Geometry.from_sitk(image)
    found = np.argwhere(SimpleITK.GetArrayFromImage(image) > 0)[:, ::-1]
    places = volume.geometry.to_ijk(seen.from_ijk(found, "ras"), "ras").round().astype(int)
    assert sorted(map(tuple, places)) == sorted(map(tuple, np.argwhere(labels > 0)[:, ::-1]))


def test_frames_too_small_to_be_packed_rightly_are_refused(tmp_path: Path) -> None:
    a_series(tmp_path / "images", Geometry((7, 1, 3), np.eye(4)))
    with pytest.raises(OutputError, match="fewer than 8 pixels"):
        check_format(tmp_path / "out.dcm", read_volume(tmp_path / "images"))


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    paths = a_series(tmp_path / "images")
    volume = read_volume(tmp_path / "images")
    labels = some_labels(volume.geometry)
    sources = [tmp_path / "images", paths, paths[::-1], [*paths[2:], *paths[:2]], volume]
    for n, source in enumerate(sources):
        path = tmp_path / f"{n}.dcm"
        write_segmentation(labels, path, geometry=volume.geometry, source=source)
        assert np.array_equal(labels_of_seg(path, volume.geometry), labels)
        seg = pydicom.dcmread(path)
        for group in seg.PerFrameFunctionalGroupsSequence:
            own = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
            image = next(one for one in map(pydicom.dcmread, paths) if own == one.SOPInstanceUID)
            assert group.PlanePositionSequence[0].ImagePositionPatient == image.ImagePositionPatient


def test_a_slice_a_little_out_of_step_keeps_its_own_place(tmp_path: Path) -> None:
    paths = a_series(tmp_path / "images", Geometry((7, 6, 5), np.diag([-1.0, -1.0, 2.0, 1.0])))
    with_tags(paths[2:3], ImagePositionPatient=[0, 0, 4.2])
    volume = read_volume(tmp_path / "images")
    write_segmentation(
        some_labels(volume.geometry), tmp_path / "out.dcm", geometry=volume.geometry, source=volume
    )
    seg = pydicom.dcmread(tmp_path / "out.dcm")
    heights = {
        g.PlanePositionSequence[0].ImagePositionPatient[2] for g in seg.PerFrameFunctionalGroupsSequence
    }
    assert heights == {0, 2, 4.2, 6, 8}


def test_patient_study_and_place_are_the_sources(tmp_path: Path) -> None:
    paths = a_series(tmp_path / "images")
    with_tags(
        paths,
        SpecificCharacterSet="ISO_IR 100",
        PatientName="Müller^Jörg",
        PatientID="17",
        PatientSex="O",
        StudyDate="20240131",
        StudyID="9",
        FrameOfReferenceUID="1.2.3.4.5",
    )
    volume = read_volume(tmp_path / "images")
    names = {1: "Lebertümor 肝", 2: "x" * 100, 5: "a\\b"}
    labels = some_labels(volume.geometry, 1, 5)
    write_segmentation(labels, tmp_path / "out.dcm", geometry=volume.geometry, names=names, source=volume)
    seg, image = pydicom.dcmread(tmp_path / "out.dcm"), pydicom.dcmread(paths[0])
    for name in (
        "PatientID",
        "PatientSex",
        "StudyDate",
        "StudyID",
        "StudyInstanceUID",
        "FrameOfReferenceUID",
    ):
        assert seg[name].value == image[name].value
    assert str(seg.PatientName) == "Müller^Jörg"
    assert seg.SeriesInstanceUID != image.SeriesInstanceUID
    assert seg.ReferencedSeriesSequence[0].SeriesInstanceUID == image.SeriesInstanceUID
    assert seg.Modality == "SEG"
    assert [one.SegmentLabel for one in seg.SegmentSequence] == ["Lebertümor 肝", "x" * 64, "a/b"]
    assert seg.SegmentSequence[1].SegmentDescription == "x" * 100 + " (label 2)"
    assert "ContentCreatorName" not in seg or not seg.ContentCreatorName
    assert "OperatorsName" not in seg


def test_a_segment_says_what_it_is_and_by_what_it_was_made(tmp_path: Path) -> None:
    a_series(tmp_path / "images")
    volume = read_volume(tmp_path / "images")
    write_segmentation(
        some_labels(volume.geometry),
        tmp_path / "out.dcm",
        geometry=volume.geometry,
        names={1: "Left kidney", 2: "thing"},
        colours={1: (1.0, 1.0, 1.0)},
        source=volume,
        algorithm="MedSAMSlicer 0.1.0, model demo",
    )
    kidney, thing = highdicom.seg.segread(tmp_path / "out.dcm").SegmentSequence
    assert kidney.SegmentAlgorithmType == "SEMIAUTOMATIC"
    assert kidney.SegmentAlgorithmName == "MedSAMSlicer 0.1.0, model demo"
    kind = kidney.SegmentedPropertyTypeCodeSequence[0]
    assert (kind.CodeValue, kind.CodingSchemeDesignator, kind.CodeMeaning) == ("64033007", "SCT", "Kidney")
    assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Left"
    assert kidney.SegmentedPropertyCategoryCodeSequence[0].CodeMeaning == "Anatomical Structure"
    assert thing.SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Tissue"
    assert kidney.RecommendedDisplayCIELabValue[0] == 65535
    assert len(thing.RecommendedDisplayCIELabValue) == 3


def test_emptied_identifiers_stay_empty_or_are_made_alike_each_time(tmp_path: Path) -> None:
    paths = a_series(tmp_path / "images")
    for path in paths:
        header = pydicom.dcmread(path)
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "PatientName"):
            setattr(header, name, "")
        for name in ("FrameOfReferenceUID", "PatientID", "StudyDate"):
            if name in header:
                del header[name]
        header.save_as(path)
    volume = read_volume(tmp_path / "images")
    made = []
    for n in range(2):
        labels = some_labels(volume.geometry)
        write_segmentation(labels, tmp_path / f"{n}.dcm", geometry=volume.geometry, source=volume)
        made.append(pydicom.dcmread(tmp_path / f"{n}.dcm"))
    one, two = made
    assert one.StudyInstanceUID == two.StudyInstanceUID != ""
    assert one.FrameOfReferenceUID == two.FrameOfReferenceUID != ""
    assert one.SOPInstanceUID != two.SOPInstanceUID
    assert not one.PatientName
    assert not one.PatientID
    assert len({one.StudyInstanceUID, one.FrameOfReferenceUID, one.SeriesInstanceUID}) == 3


def test_segments_without_a_voxel_are_named_and_an_empty_map_is_kept(tmp_path: Path) -> None:
    a_series(tmp_path / "images")
    volume = read_volume(tmp_path / "images")
    empty = np.zeros(volume.geometry.shape_kji, np.uint8)
    write_segmentation(
        empty, tmp_path / "out.dcm", geometry=volume.geometry, names={1: "a", 300: "b"}, source=volume
    )
    assert not labels_of_seg(tmp_path / "out.dcm", volume.geometry).any()
    seg = pydicom.dcmread(tmp_path / "out.dcm")
    assert [one.SegmentLabel for one in seg.SegmentSequence] == ["a", "b"]
    with pytest.raises(OutputError, match=r"none\.dcm: there is no segment to write"):
        write_segmentation(empty, tmp_path / "none.dcm", geometry=volume.geometry, source=volume)
    assert not (tmp_path / "none.dcm").exists()


def test_frames_of_one_file_are_sources_too(tmp_path: Path) -> None:
    paths = a_series(tmp_path / "images", Geometry((7, 6, 5), np.diag([-1.0, -1.0, 2.0, 1.0])))
    single = tmp_path / "frames.dcm"
    an_enhanced_image([pydicom.dcmread(path) for path in paths]).save_as(single)
    volume = read_volume(single)
    labels = some_labels(volume.geometry)
    write_segmentation(labels, tmp_path / "out.dcm", geometry=volume.geometry, source=volume)
    assert np.array_equal(labels_of_seg(tmp_path / "out.dcm", volume.geometry), labels)


def an_enhanced_image(images: list) -> object:
    """A multi-frame CT with the frames of a series."""
    for image in images:
        image.PatientName = image.PatientID = "x^y"
        for name in (
            "PatientBirthDate",
            "PatientSex",
            "AccessionNumber",
            "StudyID",
            "StudyDate",
            "StudyTime",
        ):
            setattr(image, name, None)
        image.Manufacturer = "x"
        image.FrameOfReferenceUID = "1.2.3.4"
        image.SliceThickness = 2
        image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        image.AcquisitionNumber = 1
        image.KVP = 120
    return highdicom.legacy.LegacyConvertedEnhancedCTImage(images, "1.2.5", 2, "1.2.6", 1)


def test_the_folder_may_hold_the_segmentation_too(tmp_path: Path) -> None:
    a_series(tmp_path / "images")
    volume = read_volume(tmp_path / "images")
    labels = some_labels(volume.geometry)
    write_segmentation(labels, tmp_path / "images/out.dcm", geometry=volume.geometry, source=volume)
    again = read_volume(tmp_path / "images")
    assert np.array_equal(again.array_kji, volume.array_kji)
    assert again.files == volume.files


def test_of_two_series_on_one_grid_the_volume_knows_its_own(tmp_path: Path) -> None:
    a_series(tmp_path / "images/a", uid="1.2.3", number=1)
    second = a_series(tmp_path / "images/b", uid="1.2.4", number=2)
    volume = read_volume(tmp_path / "images", series="1.2.4")
    labels = some_labels(volume.geometry)
    with pytest.raises(OutputError, match="2 series of its source have the grid"):
        write_segmentation(labels, tmp_path / "out.dcm", geometry=volume.geometry, source=tmp_path / "images")
    write_segmentation(labels, tmp_path / "out.dcm", geometry=volume.geometry, source=volume)
    seg = pydicom.dcmread(tmp_path / "out.dcm")
    assert seg.ReferencedSeriesSequence[0].SeriesInstanceUID == pydicom.dcmread(second[0]).SeriesInstanceUID


def test_what_is_not_dicom_is_refused_before_the_work(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(np.zeros((3, 4, 5), np.int16))
    SimpleITK.WriteImage(image, str(tmp_path / "image.nii.gz"))
    volume = read_volume(tmp_path / "image.nii.gz")
    with pytest.raises(OutputError, match=r"out\.dcm: .*came from image\.nii\.gz; write \.seg\.nrrd"):
        check_format(tmp_path / "out.dcm", volume)
    paths = a_series(tmp_path / "images")
    check_format(tmp_path / "out.dcm", read_volume(tmp_path / "images"))
    with pytest.raises(OutputError, match="is the image itself"):
        check_format(paths[0], read_volume(tmp_path / "images"))


def without_position(paths: list[Path]) -> None:
    for path in paths:
        header = pydicom.dcmread(path)
        del header.ImagePositionPatient
        header.save_as(path)


BAD = {
    "no source": (lambda paths, volume: None, "refers to DICOM images; give source="),
    "a list of nothing": (lambda paths, volume: [], "is empty"),
    "a slice less": (lambda paths, volume: paths[:-1], "no series of its source has the grid"),
    "a missing file": (lambda paths, volume: [*paths, paths[0].with_name("gone.dcm")], "cannot be used"),
    "a file that is none": (lambda paths, volume: [*paths, Path(__file__)], "is no DICOM image"),
    "a folder that is gone": (lambda paths, volume: paths[0].parent / "gone", "cannot be used"),
    "an empty folder": (lambda paths, volume: paths[0].parent.parent / "empty", "holds no DICOM images"),
    "images that lost their place": (
        lambda paths, volume: (without_position(paths), volume)[1],
        "are not placed in the patient; write .seg.nrrd",
    ),
    "images that were moved": (
        lambda paths, volume: (with_tags(paths[:1], ImagePositionPatient=[0, 0, 0]), volume)[1],
        "do not lie where the labels are",
    ),
    "images of two studies": (
        lambda paths, volume: (with_tags(paths[:1], StudyInstanceUID="1.2.7"), volume)[1],
        "differ in their StudyInstanceUID",
    ),
}


@pytest.mark.parametrize(("source", "words"), BAD.values(), ids=BAD)
def test_sources_that_do_not_fit_are_refused_in_one_line_and_leave_nothing(
    tmp_path: Path, source, words: str
) -> None:
    paths = a_series(tmp_path / "images")
    (tmp_path / "empty").mkdir()
    volume = read_volume(tmp_path / "images")
    labels = some_labels(volume.geometry)
    with pytest.raises(OutputError, match=words) as caught:
        write_segmentation(
            labels, tmp_path / "out.dcm", geometry=volume.geometry, source=source(paths, volume)
        )
    assert str(caught.value).startswith(str(tmp_path / "out.dcm"))
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"images", "empty"}


def test_without_the_library_the_way_to_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_series(tmp_path / "images")
    monkeypatch.setattr(dicom_library.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OutputError, match=r"pip install -c constraints\.txt -e '\.\[dicom\]'"):
        check_format(tmp_path / "out.dcm", read_volume(tmp_path / "images"))


def test_a_real_series_keeps_every_voxel_of_every_organ(data_root: Path, tmp_path: Path) -> None:
    volume = read_volume(data_root / "totalseg_ct_dicom/images/ct_abdomen_dicom")
    truth = read_volume(data_root / "totalseg_ct_dicom/masks/ct_abdomen_dicom.nii.gz")
    labels = truth.array_kji.astype(np.uint8)
    assert truth.geometry.agrees_with(volume.geometry)
    write_segmentation(labels, tmp_path / "out.dcm", geometry=volume.geometry, source=volume)
    assert np.array_equal(labels_of_seg(tmp_path / "out.dcm", volume.geometry), labels)
    seg = highdicom.seg.segread(tmp_path / "out.dcm").get_volume(combine_segments=True)
    numbers = np.searchsorted(np.unique(labels), labels)
    lps = volume.geometry.ijk_to_lps
    top = np.linalg.inv(seg.affine) @ lps @ np.array([0, 0, 0, 1.0])
    assert np.array_equal(seg.array[::-1] if round(top[0]) else seg.array, numbers)
    assert top[:3] == pytest.approx([round(top[0]), 0, 0], abs=1e-6)
