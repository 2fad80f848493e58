"""A volume is its values and their place, and does not change."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from medsam_core.errors import VolumeError
from medsam_core.geometry import Geometry
from medsam_core.volume import Volume
from testkit.geometries import an_oblique_geometry


def a_volume(array: np.ndarray, **more: object) -> Volume:
    size = array.shape[2::-1]
    return Volume(array, Geometry(size, np.eye(4)), **more)


def test_the_array_is_read_only_contiguous_and_not_a_copy() -> None:
    array = np.arange(24, dtype=np.int16).reshape(4, 3, 2)
    volume = a_volume(array)
    assert np.shares_memory(volume.array_kji, array)
    assert array.flags.writeable, "the caller's own array must stay as it was"
    with pytest.raises(ValueError, match="read-only"):
        volume.array_kji[0, 0, 0] = 1
    turned = a_volume(np.arange(24).reshape(2, 3, 4).T)
    assert turned.array_kji.flags.c_contiguous


def test_foreign_byte_order_becomes_the_machines_own() -> None:
    volume = a_volume(np.arange(8, dtype=">i2").reshape(2, 2, 2))
    assert volume.array_kji.dtype.isnative
    assert volume.array_kji.ravel().tolist() == list(range(8))


def test_slices_are_views_by_k_and_no_others_exist() -> None:
    volume = a_volume(np.arange(24).reshape(4, 3, 2), name="ct")
    assert np.array_equal(volume.slice_yx(2), volume.array_kji[2])
    assert not volume.slice_yx(2).flags.writeable
    for k in (-1, 4):
        with pytest.raises(VolumeError, match=f"ct: has no slice {k}; give one of 0 to 3"):
            volume.slice_yx(k)


def test_two_and_three_dimensions_and_colours_are_told_apart() -> None:
    assert a_volume(np.zeros((1, 3, 2))).is_2d
    assert not a_volume(np.zeros((2, 3, 2))).is_2d
    assert a_volume(np.zeros((1, 3, 2, 3))).is_colour
    assert not a_volume(np.zeros((1, 3, 2))).is_colour


def test_the_content_key_follows_values_type_and_shape_but_not_place_or_name() -> None:
    array = np.arange(24, dtype=np.int16).reshape(4, 3, 2)
    key = a_volume(array).content_key()
    assert a_volume(array.copy(), name="other", modality="CT").content_key() == key
    assert Volume(array, an_oblique_geometry((2, 3, 4))).content_key() == key
    assert a_volume(array.astype(">i2")).content_key() == key
    changed = array.copy()
    changed[3, 2, 1] += 1
    for other in (changed, array.astype(np.int32), array.reshape(2, 3, 4)):
        assert a_volume(other).content_key() != key


def test_the_content_key_is_the_same_in_another_process() -> None:
    code = (
        "import numpy as np\nfrom medsam_core.geometry import Geometry\n"
        "from medsam_core.volume import Volume\n"
        "print(Volume(np.arange(24).reshape(4, 3, 2), Geometry((2, 3, 4), np.eye(4))).content_key())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == a_volume(np.arange(24).reshape(4, 3, 2)).content_key()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 3, 3)),
        np.zeros((4, 3)),
        np.zeros((4, 3, 2, 4)),
        np.zeros((4, 3, 2, 1)),
        np.zeros((4, 3, 2), dtype=complex),
        np.zeros((4, 3, 2), dtype=object),
        np.zeros((4, 3, 2), dtype="U3"),
    ],
    ids=lambda a: f"{a.shape} {a.dtype}",
)
def test_arrays_that_are_no_image_on_the_grid_are_refused(array: np.ndarray) -> None:
    with pytest.raises(VolumeError):
        Volume(array, Geometry((2, 3, 4), np.eye(4)))
