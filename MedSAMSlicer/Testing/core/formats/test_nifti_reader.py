"""NIfTI files are read whole, where ITK and 3D Slicer see them."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import VolumeError
from medsam_core.formats import header_checks
from medsam_core.formats.nifti_reader import read_nifti
from medsam_core.geometry import Geometry
from testkit.geometries import a_sheared_geometry, an_oblique_geometry, geometries
from testkit.memory import memory_below

FIELDS = {
    "dim": (40, "<8h"),
    "intent": (68, "<h"),
    "datatype": (70, "<2h"),
    "pixdim": (76, "<8f"),
    "offset": (108, "<f"),
    "scaling": (112, "<2f"),
    "unit": (123, "<B"),
    "codes": (252, "<2h"),
    "quaternion": (256, "<6f"),
    "sform": (280, "<12f"),
    "magic": (344, "<4s"),
}
VALUES = np.arange(6 * 5 * 4, dtype=np.int16).reshape(4, 5, 6)
QUATERNION = (0.1, 0.2, 0.3, -5.0, -6.0, -7.0)


def nifti_bytes(values: np.ndarray = VALUES, **fields: tuple) -> bytes:
    """A NIfTI-1 file of int16 values with some header fields set by hand."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    usual = {
        "dim": (3, *values.shape[::-1], 1, 1, 1, 1),
        "datatype": (4, 16),
        "pixdim": (1, 1, 2, 3, 0, 0, 0, 0),
        "offset": (352.0,),
        "magic": (b"n+1\0",),
    }
    for name, content in {**usual, **fields}.items():
        offset, kind = FIELDS[name]
        struct.pack_into(kind, header, offset, *content)
    return bytes(header) + values.astype("<i2").tobytes()


def a_file(folder: Path, content: bytes, name: str = "image.nii") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def sform(geometry: Geometry) -> tuple[float, ...]:
    return tuple(geometry.ijk_to_ras[:3].ravel())


def as_itk(path: Path) -> Geometry:
    SimpleITK.ProcessObject.GlobalWarningDisplayOff()
    return Geometry.from_sitk(SimpleITK.ReadImage(str(path)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    geometries(),
    st.integers(0, 4),
    st.integers(0, 4),
    st.sampled_from([-1.0, 0.0, 1.0]),
    st.lists(st.floats(-1, 1), min_size=3, max_size=3),
)
def test_the_place_is_itks_whatever_codes_and_quaternion(
    tmp_path: Path, geometry: Geometry, sform_code: int, qform_code: int, qfac: float, turn: list[float]
) -> None:
    quaternion = np.array(turn) / max(1.0, float(np.linalg.norm(turn)))
    content = nifti_bytes(
        np.zeros(geometry.shape_kji),
        pixdim=(qfac, *geometry.spacing_mm, 0, 0, 0, 0),
        codes=(qform_code, sform_code),
        quaternion=(*quaternion, 10, 20, 30),
        sform=sform(geometry),
    )
    path = a_file(tmp_path, content)
    ours, theirs = read_nifti(path).geometry, as_itk(path)
    np.testing.assert_allclose(ours.ijk_to_ras, theirs.ijk_to_ras, atol=2e-5)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_values_come_in_their_order_and_type(tmp_path: Path, suffix: str) -> None:
    array = read_nifti(a_file(tmp_path, nifti_bytes(), f"image{suffix}")).array_kji
    assert array.dtype == np.int16
    assert np.array_equal(array, VALUES)


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
def test_number_types_are_those_of_itk(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "image.nii.gz"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(VALUES.astype(kind)), str(path))
    array = read_nifti(path).array_kji
    assert array.dtype == np.dtype(kind)
    assert np.array_equal(array, VALUES.astype(kind))


@pytest.mark.parametrize("colours", [3, 4])
def test_colours_are_read_and_alpha_is_dropped(tmp_path: Path, colours: int) -> None:
    path = tmp_path / "image.nii"
    values = np.arange(4 * 5 * 6 * colours, dtype=np.uint8).reshape(4, 5, 6, colours)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values, isVector=True), str(path))
    assert np.array_equal(read_nifti(path).array_kji, values[..., :3])


@pytest.mark.parametrize("scaling", [(2.0, 0.0), (0.5, -1024.0), (-1.0, 3.0)])
def test_stored_values_are_rescaled_as_itk_does(tmp_path: Path, scaling: tuple[float, float]) -> None:
    path = a_file(tmp_path, nifti_bytes(scaling=scaling))
    array = read_nifti(path).array_kji
    theirs = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    assert array.dtype == theirs.dtype == np.float32
    assert np.array_equal(array, theirs)


@pytest.mark.parametrize("scaling", [(0.0, 5.0), (1.0, 0.0), (float("nan"), 0.0)])
def test_no_scaling_leaves_whole_numbers(tmp_path: Path, scaling: tuple[float, float]) -> None:
    array = read_nifti(a_file(tmp_path, nifti_bytes(scaling=scaling))).array_kji
    assert array.dtype == np.int16


def test_big_endian_files_and_nifti_2_are_read(tmp_path: Path) -> None:
    big = bytearray(352)
    for offset, kind, content in [
        (0, ">i", (348,)),
        (40, ">8h", (3, 6, 5, 4, 1, 1, 1, 1)),
        (70, ">2h", (4, 16)),
        (76, ">8f", (1, 1, 2, 3, 0, 0, 0, 0)),
        (108, ">f", (352.0,)),
        (344, ">4s", (b"n+1\0",)),
    ]:
        struct.pack_into(kind, big, offset, *content)
    one = read_nifti(a_file(tmp_path, bytes(big) + VALUES.astype(">i2").tobytes()))
    second = bytearray(544)
    for offset, kind, content in [
        (0, "<i", (540,)),
        (4, "<8s", (b"n+2\0\r\n\x1a\n",)),
        (12, "<2h", (4, 16)),
        (16, "<8q", (3, 6, 5, 4, 1, 1, 1, 1)),
        (104, "<8d", (1, *an_oblique_geometry().spacing_mm, 0, 0, 0, 0)),
        (168, "<q", (544,)),
        (348, "<i", (1,)),
        (400, "<12d", sform(an_oblique_geometry())),
    ]:
        struct.pack_into(kind, second, offset, *content)
    path = a_file(tmp_path, bytes(second) + VALUES.astype("<i2").tobytes(), "two.nii")
    two = read_nifti(path)
    assert np.array_equal(one.array_kji, VALUES)
    assert np.array_equal(two.array_kji, VALUES)
    np.testing.assert_array_equal(two.ijk_to_ras, an_oblique_geometry().ijk_to_ras)  # float64 in NIfTI-2


@pytest.mark.parametrize("unit", [0, 1, 2, 3])
def test_metres_and_microns_become_millimetres_as_in_itk(tmp_path: Path, unit: int) -> None:
    codes, place = (0, 1), sform(an_oblique_geometry())
    path = a_file(
        tmp_path, nifti_bytes(unit=(unit,), codes=codes, sform=place, pixdim=(1, 0.7, 0.9, 2.5, 0, 0, 0, 0))
    )
    assert read_nifti(path).geometry.agrees_with(as_itk(path), tolerance_voxels=1e-4)


def test_a_sheared_sform_is_kept_exactly_where_it_is_all_there_is(tmp_path: Path) -> None:
    sheared = a_sheared_geometry()
    path = a_file(tmp_path, nifti_bytes(codes=(0, 1), sform=sform(sheared)))
    with pytest.raises(RuntimeError):
        as_itk(path)
    volume = read_nifti(path)
    np.testing.assert_array_equal(volume.ijk_to_ras, np.float64(np.float32(sheared.ijk_to_ras)))
    assert "sheared" in volume.notes[0]


def test_a_sheared_sform_gives_way_to_a_qform_and_says_so(tmp_path: Path) -> None:
    content = nifti_bytes(codes=(1, 1), sform=sform(a_sheared_geometry()), quaternion=QUATERNION)
    volume = read_nifti(path := a_file(tmp_path, content))
    np.testing.assert_allclose(volume.ijk_to_ras, as_itk(path).ijk_to_ras, atol=1e-5)
    assert "qform" in volume.notes[0]


def test_a_4d_file_asks_for_a_frame_and_reads_the_one_named(tmp_path: Path) -> None:
    frames = np.stack([VALUES + 1000 * n for n in range(3)])
    for name in ("image.nii", "image.nii.gz"):
        content = nifti_bytes(frames.reshape(12, 5, 6), dim=(4, 6, 5, 4, 3, 1, 1, 1))
        path = a_file(tmp_path, content, name)
        with pytest.raises(VolumeError, match="holds 3 frames; choose one of --frame 0 to --frame 2"):
            read_nifti(path)
        for n in range(3):
            assert np.array_equal(read_nifti(path, frame=n).array_kji, frames[n])
        for wrong in (-1, 3):
            with pytest.raises(VolumeError, match="--frame 2"):
                read_nifti(path, frame=wrong)


def test_a_3d_file_has_frame_0_only(tmp_path: Path) -> None:
    path = a_file(tmp_path, nifti_bytes())
    assert np.array_equal(read_nifti(path, frame=0).array_kji, VALUES)
    with pytest.raises(VolumeError, match="choose --frame 0"):
        read_nifti(path, frame=1)


def test_nan_and_infinity_are_kept(tmp_path: Path) -> None:
    values = np.array([[[np.nan, np.inf], [-np.inf, 1.0]]], np.float32)
    path = tmp_path / "image.nii.gz"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(path))
    np.testing.assert_array_equal(read_nifti(path).array_kji, values)


GOOD = nifti_bytes()
HUGE = (3, 30000, 30000, 30000, 1, 1, 1, 1)
BAD = {
    "cut off in the header": (GOOD[:300], "no NIfTI file"),
    "cut off in the voxels": (GOOD[:-10], "cut off or damaged"),
    "only a header": (GOOD[:352], "cut off or damaged"),
    "text": (b"hello world" * 100, "no NIfTI file"),
    "wrong magic": (nifti_bytes(magic=(b"nope",)), "no NIfTI file"),
    "half of a pair": (nifti_bytes(magic=(b"ni1\0",)), "two-file NIfTI"),
    "an axis of no voxels": (nifti_bytes(dim=(3, 6, 0, 4, 1, 1, 1, 1)), "6 x 0 x 4"),
    "a negative axis": (nifti_bytes(dim=(3, 6, -5, 4, 1, 1, 1, 1)), "6 x -5 x 4"),
    "nine axes": (nifti_bytes(dim=(9, 6, 5, 4, 1, 1, 1, 1)), "9 axes"),
    "a bomb": (nifti_bytes(dim=HUGE), "cannot hold them"),
    "complex values": (nifti_bytes(datatype=(32, 64)), "type 32"),
    "unknown values": (nifti_bytes(datatype=(4242, 16)), "type 4242"),
    "voxels that start nowhere": (nifti_bytes(offset=(float("nan"),)), "where the voxels start"),
    "voxels that start far away": (nifti_bytes(offset=(1e9,)), "cannot hold them"),
    "a singular sform": (nifti_bytes(codes=(0, 1), sform=(1, 1, 0, 0) * 3), "singular"),
    "an sform that is no number": (nifti_bytes(codes=(0, 1), sform=(float("nan"),) * 12), "finite"),
}


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD)
def test_bad_files_are_refused_in_one_line_and_little_memory(
    tmp_path: Path, content: bytes, words: str, suffix: str
) -> None:
    path = a_file(tmp_path, content, f"image{suffix}")
    with memory_below(30), pytest.raises(VolumeError, match=words) as caught:
        read_nifti(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["cut", "flipped", "checksum"])
def test_damaged_compression_is_seen_where_itk_sees_nothing(tmp_path: Path, damage: str) -> None:
    content = bytearray(gzip.compress(nifti_bytes(np.random.default_rng(0).integers(0, 999, (4, 50, 60)))))
    if damage == "cut":
        content = content[: len(content) * 2 // 3]
    elif damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    else:
        content[-6] ^= 0xFF
    path = tmp_path / "image.nii.gz"
    path.write_bytes(content)
    with pytest.raises(VolumeError, match="cut off or damaged"):
        read_nifti(path)


def test_what_is_larger_than_the_limit_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(tmp_path, nifti_bytes(), "image.nii.gz")
    monkeypatch.setattr(header_checks, "MAX_VOXEL_BYTES", VALUES.nbytes - 1)
    with pytest.raises(VolumeError, match="is too large: 6 x 5 x 4 x 1 values"):
        read_nifti(path)


def test_what_is_larger_than_the_free_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(tmp_path, nifti_bytes())
    monkeypatch.setattr(header_checks, "free_memory", lambda: VALUES.nbytes - 1)
    with pytest.raises(VolumeError, match=r"needs .* of memory, .* are free"):
        read_nifti(path)
