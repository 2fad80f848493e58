"""Who and what an image is, as far as anonymising left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.errors import OutputError

if TYPE_CHECKING:
    import pydicom

# A segmentation has to name these, empty or not.
_MAY_BE_EMPTY = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
)
_MAY_BE_MADE = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")


def complete(headers: list[pydicom.Dataset], target: object) -> list[pydicom.Dataset]:
    """Fill in what a segmentation must name and the headers leave out; the headers are changed in place.

    What an anonymiser emptied stays empty where that is allowed. An image's own number is also in the file's
    preamble. Numbers of study, series and frame of reference that are missing are made from the images' own:
    the same for every segmentation of these images, and for no others.

    Raises:
        OutputError: the images have no numbers, or are of more than one series.
    """
    from pydicom.uid import generate_uid

    for header in headers:
        for name in ("SOPClassUID", "SOPInstanceUID"):
            value = header.get(name) or header.file_meta.get(f"MediaStorage{name}")
            if not value:
                problem = "its source images have no identifying numbers (SOP Instance UID)"
                raise OutputError(target, problem, "write .seg.nrrd, which needs no images")
            setattr(header, name, value)
        for name in _MAY_BE_EMPTY:
            if name not in header:
                setattr(header, name, None)
    own = [header.SOPInstanceUID for header in headers]
    if len(set(own)) < len(own):
        raise OutputError(target, "two of its source images are the same one", "give each image once")
    for name in _MAY_BE_MADE:
        given = {str(header.get(name) or "") for header in headers}
        if len(given) > 1:
            problem = f"its source images differ in their {name}"
            raise OutputError(target, problem, "give the images of one series")
        made = given.pop() or generate_uid(entropy_srcs=[name, *sorted(own)])
        for header in headers:
            setattr(header, name, made)
    return headers
