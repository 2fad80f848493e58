"""DICOM series with DICOM segmentations, made by highdicom."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import MedSAMError
from medsam_core.volume_reader import read_volume
from medsam_training.prepare.errors import CaseError, SourceError
from medsam_training.prepare.readers import load_case
from medsam_training.prepare.readers.dicom_seg import read_dicom_seg
from medsam_training.prepare.sources import find_cases

highdicom = pytest.importorskip("highdicom")
pydicom = pytest.importorskip("pydicom")


def _segments(names):
    from pydicom.sr.codedict import codes

    return [
        highdicom.seg.SegmentDescription(
            number,
            name,
            codes.SCT.Organ,
            codes.SCT.Organ,
            highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, name in enumerate(names, 1)
    ]


def _named_images(series: Path) -> list:
    """The images from foot to head, with the numbers a segmentation has to name."""
    images = sorted(
        (pydicom.dcmread(p) for p in series.glob("*.dcm")), key=lambda d: float(d.ImagePositionPatient[2])
    )
    for image in images:
        image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID
        image.StudyInstanceUID, image.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.5"
        image.PatientID = "Doe-1970"
    return images


def write_seg(path: Path, series: Path, pixels: np.ndarray, names, kind="BINARY") -> None:
    """A SEG object for a series; `pixels` (k, y, x) label numbers or (k, y, x, segments) masks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seg = highdicom.seg.Segmentation(
            _named_images(series),
            pixels,
            kind,
            _segments(names),
            highdicom.UID(),
            1,
            highdicom.UID(),
            1,
            "maker",
            "model",
            "1",
            "0",
        )
        seg.save_as(path)


@pytest.fixture
def a_series(tmp_path, data_root) -> Path:
    """A folder with the first six slices of a real CT series in ct/."""
    source = data_root / "totalseg_ct_dicom" / "images" / "ct_abdomen_dicom"
    folder = tmp_path / "hospital"
    (folder / "case1" / "ct").mkdir(parents=True)
    for path in sorted(source.glob("*.dcm"))[:6]:
        shutil.copyfile(path, folder / "case1" / "ct" / path.name)
    for image in _named_images(folder / "case1" / "ct"):
        image.save_as(image.filename)
    return folder


def _truth(shape=(6, 512, 512)):
    labels = np.zeros(shape, np.uint8)
    labels[1:5, 100:180, 200:333] = 1
    labels[2:4, 300:333, 50:77] = 2
    return labels


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP", "FRACTIONAL"])
def test_a_segmentation_lands_where_it_was_drawn(a_series, kind):
    truth = _truth()
    write_seg(a_series / "case1" / "seg.dcm", a_series / "case1" / "ct", truth, ["liver", "spleen"], kind)
    (case,) = find_cases([a_series])
    loaded = load_case(case)
    k_order = read_volume(a_series / "case1" / "ct").geometry.ijk_to_ras[2, 2]
    assert np.array_equal(loaded.labels_kji, truth if k_order > 0 else truth[::-1])
    assert loaded.names == {1: "liver", 2: "spleen"}
    assert loaded.volume.modality == "CT"


def test_overlapping_segments_are_laid_in_order_and_told(a_series):
    masks = np.zeros((6, 512, 512, 2), bool)
    masks[2, 10:30, 10:30, 0] = True
    masks[2, 20:40, 10:30, 1] = True
    write_seg(a_series / "case1" / "seg.dcm", a_series / "case1" / "ct", masks, ["organ", "tumour"])
    loaded = load_case(find_cases([a_series])[0])
    assert np.count_nonzero(loaded.labels_kji == 2) == 400
    assert np.count_nonzero(loaded.labels_kji == 1) == 200
    assert "200 voxels of organ lie under tumour." in loaded.notes


def test_the_group_is_the_patient_and_does_not_name_him(a_series):
    write_seg(a_series / "case1" / "seg.dcm", a_series / "case1" / "ct", _truth(), ["liver", "spleen"])
    (case,) = find_cases([a_series])
    assert case.owner.startswith("patient-") and "Doe" not in case.owner
    assert case.id == "hospital/case1_seg" and case.series == "1.2.3.4.5"


def test_images_whose_series_number_an_anonymiser_took_are_found_by_their_own(a_series):
    write_seg(a_series / "case1" / "seg.dcm", a_series / "case1" / "ct", _truth(), ["liver", "spleen"])
    for path in (a_series / "case1" / "ct").glob("*.dcm"):
        image = pydicom.dcmread(path)
        image.SeriesInstanceUID = image.SOPInstanceUID = ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.save_as(path)
    (case,) = find_cases([a_series / "case1"])
    assert case.series is None
    assert np.count_nonzero(load_case(case).labels_kji) == np.count_nonzero(_truth())


def test_a_segmentation_without_its_series_is_named(a_series):
    write_seg(a_series / "case1" / "seg.dcm", a_series / "case1" / "ct", _truth(), ["liver", "spleen"])
    shutil.rmtree(a_series / "case1" / "ct")
    with pytest.raises(SourceError, match=r"seg\.dcm: its images"):
        find_cases([a_series])


def test_a_damaged_segmentation_is_one_line(a_series):
    path = a_series / "case1" / "seg.dcm"
    write_seg(path, a_series / "case1" / "ct", _truth(), ["liver", "spleen"])
    (case,) = find_cases([a_series])
    whole = path.read_bytes()
    for length in range(200, len(whole), len(whole) // 12):
        path.write_bytes(whole[:length])
        with pytest.raises(CaseError, match=r"seg\.dcm: "):
            load_case(case)


def test_flipped_bytes_in_a_segmentations_header_never_crash(a_series):
    path = a_series / "case1" / "seg.dcm"
    write_seg(path, a_series / "case1" / "ct", _truth(), ["liver", "spleen"])
    image = read_volume(a_series / "case1" / "ct")
    whole, rng = path.read_bytes(), np.random.default_rng(5)
    header = min(len(whole), 9000)
    for _ in range(60):
        content = bytearray(whole)
        for place in rng.integers(132, header, 4).tolist():
            content[place] = int(rng.integers(256))
        path.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                read_dicom_seg(path, image)
            except MedSAMError as error:
                assert "seg.dcm: " in str(error)
