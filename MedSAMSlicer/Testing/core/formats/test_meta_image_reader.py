"""MetaImage files are read whole, where ITK and 3D Slicer see them."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings

from medsam_core.errors import VolumeError
from medsam_core.formats.meta_image_reader import read_meta_image
from medsam_core.geometry import Geometry
from testkit.geometries import geometries
from testkit.memory import memory_below

VALUES = np.arange(6 * 5 * 4, dtype=np.int16).reshape(4, 5, 6)


def meta_header(**fields: str) -> str:
    usual = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "10 20 30",
        "ElementSpacing": "1 2 3",
        "DimSize": "6 5 4",
        "ElementType": "MET_SHORT",
        "ElementDataFile": "LOCAL",
    }
    merged = {**usual, **fields}
    merged["ElementDataFile"] = merged.pop("ElementDataFile")  # it ends the header
    return "".join(f"{name} = {value}\n" for name, value in merged.items() if value)


def a_file(folder: Path, data: bytes = VALUES.tobytes(), name: str = "image.mha", **fields: str) -> Path:
    path = folder / name
    path.write_bytes(meta_header(**fields).encode() + data)
    return path


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(geometries(sheared=True))
def test_the_place_is_itks_sheared_or_not(tmp_path: Path, geometry: Geometry) -> None:
    path = tmp_path / "image.mha"
    image = SimpleITK.GetImageFromArray(np.zeros(geometry.shape_kji, np.uint8))
    geometry.apply_to_sitk(image)
    SimpleITK.WriteImage(image, str(path))
    ours = read_meta_image(path).geometry
    assert ours.agrees_with(geometry, tolerance_voxels=1e-6)
    assert ours.agrees_with(Geometry.from_sitk(SimpleITK.ReadImage(str(path))), tolerance_voxels=1e-6)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["image.mha", "image.mhd"])
@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
def test_every_type_gives_the_values_back(tmp_path: Path, kind: str, name: str, compressed: bool) -> None:
    path = tmp_path / name
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(VALUES.astype(kind)), str(path), compressed)
    array = read_meta_image(path).array_kji
    assert array.dtype == np.dtype(kind)
    assert np.array_equal(array, VALUES.astype(kind))


@pytest.mark.parametrize("colours", [3, 4])
def test_colours_are_read_and_alpha_is_dropped(tmp_path: Path, colours: int) -> None:
    path = tmp_path / "image.mha"
    values = np.arange(4 * 5 * 6 * colours, dtype=np.uint8).reshape(4, 5, 6, colours)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values, isVector=True), str(path))
    assert np.array_equal(read_meta_image(path).array_kji, values[..., :3])


def test_big_endian_values_are_turned_round(tmp_path: Path) -> None:
    path = a_file(tmp_path, VALUES.astype(">i2").tobytes(), BinaryDataByteOrderMSB="True")
    assert np.array_equal(read_meta_image(path).array_kji, VALUES)


def test_a_2d_image_becomes_one_slice_where_itk_places_it(tmp_path: Path) -> None:
    path = tmp_path / "image.mha"
    image = SimpleITK.GetImageFromArray(VALUES[0])
    image.SetSpacing((0.5, 2.0))
    image.SetOrigin((3.0, 4.0))
    SimpleITK.WriteImage(image, str(path))
    assert read_meta_image(path).geometry.agrees_with(Geometry.from_sitk(image))


def test_a_4d_file_asks_for_a_frame_and_reads_the_one_named(tmp_path: Path) -> None:
    path = tmp_path / "image.mha"
    frames = np.arange(3 * 4 * 5 * 6, dtype=np.int16).reshape(3, 4, 5, 6)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(frames, isVector=False), str(path))
    with pytest.raises(VolumeError, match="holds 3 frames; choose one of --frame 0 to --frame 2"):
        read_meta_image(path)
    assert np.array_equal(read_meta_image(path, frame=2).array_kji, frames[2])


@pytest.mark.parametrize(("header_size", "before"), [("7", 7), ("-1", 9)])
def test_voxels_are_found_behind_what_is_skipped(tmp_path: Path, header_size: str, before: int) -> None:
    (tmp_path / "image.raw").write_bytes(b"x" * before + VALUES.tobytes())
    path = a_file(tmp_path, b"", "image.mhd", HeaderSize=header_size, ElementDataFile="image.raw")
    assert np.array_equal(read_meta_image(path).array_kji, VALUES)


@pytest.mark.parametrize("name", ["../secret.raw", "/etc/passwd", "a/../../secret.raw", r"..\secret.raw"])
def test_a_detached_header_cannot_reach_outside_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "secret.raw").write_bytes(VALUES.tobytes())
    with pytest.raises(VolumeError, match="outside its folder"):
        read_meta_image(a_file(folder, b"", "image.mhd", ElementDataFile=name))


def test_the_modality_is_the_headers(tmp_path: Path) -> None:
    assert read_meta_image(a_file(tmp_path, Modality="MET_MOD_MR")).modality == "MR"
    assert read_meta_image(a_file(tmp_path)).modality is None


PACKED = zlib.compress(VALUES.tobytes())
BAD = {
    "no header": ({}, None, "no MetaImage file"),
    "a size of zero": ({"DimSize": "6 0 4"}, VALUES.tobytes(), "6 x 0 x 4"),
    "a negative size": ({"DimSize": "6 -5 4"}, VALUES.tobytes(), "6 x -5 x 4"),
    "sizes that are no numbers": ({"DimSize": "6 5 x"}, VALUES.tobytes(), "dimsize"),
    "no size at all": ({"DimSize": ""}, VALUES.tobytes(), "0 axes"),
    "a size that is no number": ({"DimSize": "6 nan 4"}, VALUES.tobytes(), "6 x 0 x 4"),
    "a bomb": ({"DimSize": "30000 30000 30000"}, VALUES.tobytes(), "cannot hold them"),
    "a packed bomb": ({"DimSize": "30000 30000 30000", "CompressedData": "True"}, PACKED, "cannot hold them"),
    "many channels": (
        {"ElementNumberOfChannels": "2", "DimSize": "6 5 1"},
        VALUES.tobytes(),
        "2 values in each",
    ),
    "endless channels": ({"ElementNumberOfChannels": "999999999"}, VALUES.tobytes(), "cannot hold them"),
    "cut off": ({}, VALUES.tobytes()[:-1], "cut off or damaged"),
    "cut off, packed": ({"CompressedData": "True"}, PACKED[:-8], "cut off or damaged"),
    "damaged, packed": ({"CompressedData": "True"}, PACKED[:20] + b"xx" + PACKED[22:], "cut off or damaged"),
    "too short once unpacked": ({"CompressedData": "True"}, zlib.compress(b"x" * 99), "cut off or damaged"),
    "too long once unpacked": ({"CompressedData": "True"}, zlib.compress(bytes(10**6)), "cut off or damaged"),
    "text": ({"BinaryData": "False"}, b"1 2 3", "as text"),
    "an unknown type": ({"ElementType": "MET_OTHER"}, VALUES.tobytes(), "MET_OTHER"),
    "singular axes": ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, VALUES.tobytes(), "singular"),
    "too few axes": ({"TransformMatrix": "1 0 0 1"}, VALUES.tobytes(), "incomplete"),
    "NaN spacing": ({"ElementSpacing": "1 nan 3"}, VALUES.tobytes(), "finite"),
    "zero spacing": ({"ElementSpacing": "1 0 3"}, VALUES.tobytes(), "singular"),
    "a list of files": ({"ElementDataFile": "LIST"}, b"a.raw\n", "several files"),
    "a pattern of files": ({"ElementDataFile": "a%03d.raw 1 3 1"}, b"", "several files"),
    "a data file that is missing": ({"ElementDataFile": "gone.raw"}, b"", r"gone\.raw is not there"),
}


@pytest.mark.parametrize(("fields", "data", "words"), BAD.values(), ids=BAD)
def test_bad_files_are_refused_in_one_line_and_little_memory(
    tmp_path: Path, fields: dict[str, str], data: bytes | None, words: str
) -> None:
    path = a_file(tmp_path, data or b"", **fields)
    if data is None:
        path.write_bytes(b"hello world\n" * 20)
    with memory_below(30), pytest.raises(VolumeError, match=words) as caught:
        read_meta_image(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
