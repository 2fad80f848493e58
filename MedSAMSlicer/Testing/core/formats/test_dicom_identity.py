"""What a segmentation must name, as far as anonymising left it."""

from __future__ import annotations

import pytest

from medsam_core.errors import OutputError
from medsam_core.formats.dicom_identity import complete

pydicom = pytest.importorskip("pydicom")

CT = "1.2.840.10008.5.1.4.1.1.2"


def headers(count: int = 3, **tags: object) -> list[pydicom.Dataset]:
    made = []
    for n in range(count):
        header = pydicom.Dataset()
        header.file_meta = pydicom.dataset.FileMetaDataset()
        header.SOPClassUID, header.SOPInstanceUID = CT, f"1.2.3.{n}"
        header.StudyInstanceUID, header.SeriesInstanceUID, header.FrameOfReferenceUID = "1.2", "1.3", "1.4"
        header.PatientID = "17"
        for name, value in tags.items():
            setattr(header, name, value)
        made.append(header)
    return made


def test_what_is_there_stays_and_what_may_be_empty_is_empty() -> None:
    for header in complete(headers(), "out.dcm"):
        assert (header.StudyInstanceUID, header.SeriesInstanceUID) == ("1.2", "1.3")
        assert header.PatientID == "17"
        assert not header.PatientName
        assert "StudyDate" in header


def test_an_emptied_number_of_an_image_is_found_in_the_preamble() -> None:
    given = headers(SOPInstanceUID="", SOPClassUID="")
    for n, header in enumerate(given):
        header.file_meta.MediaStorageSOPInstanceUID = f"1.2.9.{n}"
        header.file_meta.MediaStorageSOPClassUID = CT
    assert [header.SOPInstanceUID for header in complete(given, "out.dcm")] == [
        f"1.2.9.{n}" for n in range(3)
    ]


def test_made_numbers_are_the_same_for_the_same_images_in_any_order_and_for_no_others() -> None:
    def made(given: list[pydicom.Dataset]) -> tuple[str, ...]:
        header = complete(given, "out.dcm")[0]
        return header.StudyInstanceUID, header.SeriesInstanceUID, header.FrameOfReferenceUID

    empty = {"StudyInstanceUID": "", "SeriesInstanceUID": "", "FrameOfReferenceUID": ""}
    one = made(headers(**empty))
    assert len(set(one)) == 3
    assert all(pydicom.uid.UID(uid).is_valid for uid in one)
    assert made(headers(**empty)[::-1]) == one
    assert not set(made(headers(4, **empty))) & set(one)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (headers(SOPInstanceUID=""), "no identifying numbers"),
        (headers(2) + headers(1), "are the same one"),
        (headers(2) + headers(3, SeriesInstanceUID="1.9")[2:], "differ in their SeriesInstanceUID"),
    ],
)
def test_images_without_a_number_or_of_two_series_are_refused(given: list, words: str) -> None:
    with pytest.raises(OutputError, match=words):
        complete(given, "out.dcm")
