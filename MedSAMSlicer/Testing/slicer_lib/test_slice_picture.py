"""The preview of what the network sees."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import IntensityError
from medsam_core.geometry import Geometry
from medsam_core.intensity import choose_window
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from MedSAMSlicerLib.slice_picture import PictureMaker


@pytest.fixture
def a_ct() -> Volume:
    """Left is dark, front is bright: rows go to the back, columns to the right of the patient."""
    k, j, i = np.indices((5, 40, 30))
    values = (i * 20 - j * 10 - 300 + k).astype(np.int16)
    return Volume(values, Geometry((30, 40, 5), np.diag([-1.0, -1.0, 3.0, 1.0])), "CT", "ct")


def test_the_picture_is_the_slice_through_the_preset(a_ct: Volume) -> None:
    grid = SliceGrid.along(a_ct.geometry)
    picture = PictureMaker()(a_ct, "ct-soft", grid, 2)
    expected = choose_window(a_ct, "ct-soft").apply(a_ct.array_kji[2])
    assert np.array_equal(picture.rgb_yx[..., 0], expected)  # this volume stands as on a screen already
    assert np.array_equal(picture.rgb_yx[..., 0], picture.rgb_yx[..., 2])
    assert picture.words.startswith("ct-soft: -160 to 240. ")


def test_another_preset_gives_another_picture(a_ct: Volume) -> None:
    make, grid = PictureMaker(), SliceGrid.along(a_ct.geometry)
    soft, lung = make(a_ct, "ct-soft", grid, 2), make(a_ct, "ct-lung", grid, 2)
    assert not np.array_equal(soft.rgb_yx, lung.rgb_yx)
    assert make(a_ct, "-100,100", grid, 2).window.low == -100
    with pytest.raises(IntensityError):
        make(a_ct, "no-such", grid, 2)


def test_a_side_view_has_the_proportions_of_the_patient(a_ct: Volume) -> None:
    picture = PictureMaker()(a_ct, "auto", SliceGrid.along(a_ct.geometry, "i"), 3)
    rows, columns = picture.rgb_yx.shape[:2]
    assert columns == 40  # front to back, 40 mm; the 5 slices of 3 mm stand upright
    assert rows * picture.aspect / columns == pytest.approx(15 / 40, abs=0.08)


def test_the_ppm_holds_every_pixel(a_ct: Volume) -> None:
    picture = PictureMaker()(a_ct, "auto", SliceGrid.along(a_ct.geometry), 0)
    head, _, pixels = picture.ppm.partition(b" 255\n")
    assert head == b"P6 30 40" and pixels == picture.rgb_yx.tobytes()


@pytest.mark.parametrize(("axis", "left"), [("k", "R"), ("j", "R"), ("i", "A")])
@pytest.mark.parametrize("flips", [(-1, -1, 1), (1, 1, 1), (1, -1, -1)])
def test_it_stands_as_the_slice_views_show_it_however_the_voxels_run(
    axis: str, left: str, flips: tuple[int, int, int]
) -> None:
    """Head or front up; of two sides the one that Slicer's views have on the left is on the left."""
    towards = {"R": (1, 0, 0), "A": (0, 1, 0), "S": (0, 0, 1)}
    geometry = Geometry((12, 12, 12), np.diag([*map(float, flips), 1.0]))
    ijk = np.indices((12, 12, 12))[::-1].reshape(3, -1).T
    ras = geometry.from_ijk(ijk, "ras")
    grid = SliceGrid.along(geometry, axis)
    for side, part in ((left, np.s_[:, 0]), ("A" if axis == "k" else "S", np.s_[0])):
        values = (ras @ towards[side]).reshape(12, 12, 12).astype(np.int16)
        volume = Volume(values, geometry, "CT", "ct")
        shown = PictureMaker()(volume, f"{values.min()},{values.max()}", grid, 5).rgb_yx[..., 0]
        assert (shown[part] == 255).all(), side
