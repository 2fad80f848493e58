"""Where frames lie, by their headers."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import OutputError
from medsam_core.formats.dicom_frames import frame_places

pydicom = pytest.importorskip("pydicom")


def a_plane(**tags: object) -> pydicom.Dataset:
    header = pydicom.Dataset()
    for name, value in tags.items():
        setattr(header, name, value)
    return header


def a_single(**changes: object) -> pydicom.Dataset:
    tags = {
        "Rows": 5,
        "Columns": 6,
        "ImagePositionPatient": [1.5, -2, 3],
        "ImageOrientationPatient": [0, 1, 0, 0, 0, -1],
        "PixelSpacing": [0.9, 0.7],
    }
    return a_plane(**{name: value for name, value in (tags | changes).items() if value is not None})


def an_enhanced(places: list[list[float]]) -> pydicom.Dataset:
    single = a_single()
    shared = a_plane(
        PlaneOrientationSequence=[a_plane(ImageOrientationPatient=single.ImageOrientationPatient)],
        PixelMeasuresSequence=[a_plane(PixelSpacing=single.PixelSpacing)],
    )
    frames = [a_plane(PlanePositionSequence=[a_plane(ImagePositionPatient=place)]) for place in places]
    return a_plane(
        Rows=5,
        Columns=6,
        NumberOfFrames=len(places),
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )


def test_columns_follow_the_first_direction_at_the_second_spacing() -> None:
    (place,) = frame_places([a_single()], "out.dcm")
    np.testing.assert_array_equal(place.position_lps_mm, [1.5, -2, 3])
    np.testing.assert_allclose(place.steps_lps_mm.T, [[0, 0.7, 0], [0, 0, -0.9]])
    assert (place.rows, place.columns) == (5, 6)


def test_frames_of_one_file_have_their_own_places() -> None:
    places = [[0.0, 0.0, z] for z in (4.0, 2.0, 0.0)]
    found = frame_places([an_enhanced(places)], "out.dcm")
    assert [place.position_lps_mm.tolist() for place in found] == places
    np.testing.assert_allclose(found[2].steps_lps_mm.T, [[0, 0.7, 0], [0, 0, -0.9]])


BAD = {
    "no position": a_single(ImagePositionPatient=None),
    "an empty position": a_single(ImagePositionPatient=[]),
    "no spacing": a_single(PixelSpacing=None),
    "one spacing": a_single(PixelSpacing=1.0),
    "half an orientation": a_single(ImageOrientationPatient=[1, 0, 0]),
    "frames without places": a_single(NumberOfFrames=7),
}


@pytest.mark.parametrize("header", BAD.values(), ids=BAD)
def test_a_frame_without_a_place_is_refused(header: pydicom.Dataset) -> None:
    with pytest.raises(OutputError, match=r"out\.dcm: .*not placed in the patient; write \.seg\.nrrd"):
        frame_places([header], "out.dcm")
