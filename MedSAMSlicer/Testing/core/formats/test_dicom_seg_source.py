"""The images of a grid are found, in the order of its slices (refusals: test_dicom_seg_writer)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.formats.dicom_seg_source import SegSource
from medsam_core.volume_reader import read_volume
from testkit.dicom_files import write_series
from testkit.geometries import a_sheared_geometry, an_oblique_geometry

pydicom = pytest.importorskip("pydicom")
pytest.importorskip("highdicom")


@pytest.mark.parametrize("make", [an_oblique_geometry, a_sheared_geometry])
def test_headers_come_in_the_order_of_the_slices_whatever_is_given(tmp_path: Path, make) -> None:
    geometry = make((6, 5, 4))
    paths = write_series(tmp_path / "images", np.zeros(geometry.shape_kji, np.int16), geometry)
    volume = read_volume(tmp_path / "images")
    for source in (volume, tmp_path / "images", str(tmp_path / "images"), paths[::-1]):
        found = SegSource.of(source, volume.geometry, "out.dcm")
        for k, header in enumerate(found.headers):
            place = volume.geometry.to_ijk([float(v) for v in header.ImagePositionPatient], "lps")
            np.testing.assert_allclose(place, (0, 0, k), atol=1e-6)
            assert "PixelData" not in header


def test_thickness_and_orientation_are_the_same_to_the_last_digit(tmp_path: Path) -> None:
    geometry = an_oblique_geometry()
    paths = write_series(tmp_path, np.zeros(geometry.shape_kji, np.int16), geometry)
    header = pydicom.dcmread(paths[2])
    header.ImageOrientationPatient = [float(v) + 1e-7 for v in header.ImageOrientationPatient]
    header.SpacingBetweenSlices = 99
    header.save_as(paths[2])
    found = SegSource.of(tmp_path, read_volume(tmp_path).geometry, "out.dcm").headers
    assert len({tuple(header.ImageOrientationPatient) for header in found}) == 1
    assert all(float(header.SliceThickness) == pytest.approx(2.5) for header in found)
    assert not any("SpacingBetweenSlices" in header for header in found)
