"""NRRD files are read whole, where ITK and 3D Slicer see them."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings

from medsam_core.errors import VolumeError
from medsam_core.formats.nrrd_reader import read_nrrd
from medsam_core.geometry import Geometry
from testkit.geometries import an_oblique_geometry, geometries
from testkit.memory import memory_below

VALUES = np.arange(6 * 5 * 4, dtype=np.int16).reshape(4, 5, 6)


def nrrd_header(**fields: str) -> str:
    usual = {
        "type": "short",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": "6 5 4",
        "space directions": "(1,0,0) (0,2,0) (0,0,3)",
        "encoding": "raw",
        "endian": "little",
        "space origin": "(10,20,30)",
    }
    lines = {**usual, **{name.replace("_", " "): value for name, value in fields.items()}}
    return "NRRD0005\n" + "".join(f"{name}: {value}\n" for name, value in lines.items() if value) + "\n"


def a_file(folder: Path, data: bytes = VALUES.tobytes(), name: str = "image.nrrd", **fields: str) -> Path:
    path = folder / name
    path.write_bytes(nrrd_header(**fields).encode() + data)
    return path


def as_itk(path: Path) -> tuple[Geometry, np.ndarray]:
    image = SimpleITK.ReadImage(str(path), imageIO="NrrdImageIO")
    return Geometry.from_sitk(image), SimpleITK.GetArrayFromImage(image)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(geometries(sheared=True))
def test_the_place_is_itks_sheared_or_not(tmp_path: Path, geometry: Geometry) -> None:
    path = tmp_path / "image.nrrd"
    image = SimpleITK.GetImageFromArray(np.zeros(geometry.shape_kji, np.uint8))
    geometry.apply_to_sitk(image)
    SimpleITK.WriteImage(image, str(path))
    ours = read_nrrd(path).geometry
    assert ours.agrees_with(geometry, tolerance_voxels=1e-6)
    assert ours.agrees_with(as_itk(path)[0], tolerance_voxels=1e-6)


@pytest.mark.parametrize(
    "space",
    [
        "LPS",
        "left-posterior-superior",
        "RAS",
        "right-anterior-superior",
        "LAS",
        "left-anterior-superior",
        "scanner-xyz",
    ],
)
def test_every_space_is_taken_as_itk_takes_it(tmp_path: Path, space: str) -> None:
    path = a_file(tmp_path, space=space, space_directions="(1,0.1,0) (0.3,2,0) (0,0.2,3)")
    np.testing.assert_allclose(read_nrrd(path).ijk_to_ras, as_itk(path)[0].ijk_to_ras, atol=1e-12)


@pytest.mark.parametrize(
    "fields",
    [
        {"space": "", "space_directions": "", "space_origin": "", "spacings": "1 2 3"},
        {"space": "", "space_directions": "", "space_origin": ""},
        {"space_origin": ""},
    ],
    ids=str,
)
def test_headers_that_say_less_are_completed_as_itk_does(tmp_path: Path, fields: dict[str, str]) -> None:
    path = a_file(tmp_path, **fields)
    np.testing.assert_allclose(read_nrrd(path).ijk_to_ras, as_itk(path)[0].ijk_to_ras, atol=1e-12)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
@pytest.mark.parametrize("kind", ["i1", "u1", "<i2", ">u2", "i4", "u4", "i8", "u8", ">f4", "f8"])
def test_every_encoding_and_type_gives_the_values_back(tmp_path: Path, encoding: str, kind: str) -> None:
    path = tmp_path / "image.nrrd"
    nrrd.write(str(path), VALUES.astype(kind).T, {"encoding": encoding})
    array = read_nrrd(path).array_kji
    assert array.dtype == np.dtype(kind).newbyteorder("=")
    assert np.array_equal(array, VALUES.astype(kind))


@pytest.mark.parametrize("kind", ["RGB-color", "vector", "RGBA-color", "4-vector"])
@pytest.mark.parametrize("axis", [0, 3])
def test_colours_are_read_from_any_axis(tmp_path: Path, kind: str, axis: int) -> None:
    count = 4 if "4" in kind or "A" in kind else 3
    colours = np.arange(4 * 5 * 6 * count, dtype=np.uint8).reshape(4, 5, 6, count)
    stored = np.moveaxis(colours, 3, 3 - axis)
    kinds, sizes, directions = ["domain"] * 3, ["6", "5", "4"], ["(1,0,0)", "(0,2,0)", "(0,0,3)"]
    for words, word in ((kinds, kind), (sizes, str(count)), (directions, "none")):
        words.insert(axis, word)
    path = a_file(
        tmp_path,
        stored.tobytes(),
        type="uchar",
        dimension="4",
        sizes=" ".join(sizes),
        kinds=" ".join(kinds),
        space_directions=" ".join(directions),
    )
    volume = read_nrrd(path)
    assert volume.is_colour
    assert np.array_equal(volume.array_kji, colours[..., :3])
    assert volume.spacing_mm == (1, 2, 3)


@pytest.mark.parametrize("axis", [0, 3])
@pytest.mark.parametrize("kind", ["list", "time", "domain", "none"])
def test_a_4d_file_asks_for_a_frame_and_reads_the_one_named(tmp_path: Path, kind: str, axis: int) -> None:
    frames = np.arange(4 * 5 * 6 * 7, dtype=np.int16).reshape(4, 5, 6, 7)
    kinds, sizes, directions = ["domain"] * 3, ["6", "5", "4"], ["(1,0,0)", "(0,2,0)", "(0,0,3)"]
    for words, word in ((kinds, kind), (sizes, "7"), (directions, "none")):
        words.insert(axis, word)
    path = a_file(
        tmp_path,
        np.moveaxis(frames, 3, 3 - axis).tobytes(),
        dimension="4",
        sizes=" ".join(sizes),
        kinds=" ".join(kinds),
        space_directions=" ".join(directions),
    )
    with pytest.raises(VolumeError, match="holds 7 frames; choose one of --frame 0 to --frame 6"):
        read_nrrd(path)
    volume = read_nrrd(path, frame=5)
    assert np.array_equal(volume.array_kji, frames[..., 5])
    assert volume.spacing_mm == (1, 2, 3)


def test_a_single_oblique_slice_gets_its_normal_as_third_axis(tmp_path: Path) -> None:
    path = a_file(
        tmp_path, VALUES[0].tobytes(), dimension="2", sizes="6 5", space_directions="(0,0,2) (3,0,0)"
    )
    volume = read_nrrd(path)
    assert volume.geometry.size_ijk == (6, 5, 1)
    np.testing.assert_allclose(volume.geometry.ijk_to_lps[:3, 2], (0, 1, 0))


@pytest.mark.parametrize("key", ["modality", "DICOM_0008_0060"])
def test_the_modality_is_the_authors(tmp_path: Path, key: str) -> None:
    path = tmp_path / "image.nrrd"
    path.write_bytes(nrrd_header()[:-1].encode() + f"{key}:=CT\n\n".encode() + VALUES.tobytes())
    assert read_nrrd(path).modality == "CT"


@pytest.mark.parametrize("skip", [{"byte_skip": "5"}, {"byte_skip": "-1"}, {"line_skip": "1"}])
def test_voxels_are_found_behind_what_is_skipped(tmp_path: Path, skip: dict[str, str]) -> None:
    path = a_file(tmp_path, b"abcd\n" + VALUES.tobytes(), **skip)
    assert np.array_equal(read_nrrd(path).array_kji, VALUES)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2"])
@pytest.mark.parametrize("name", ["image.raw", "./image.raw", "data/image.raw"])
def test_a_detached_header_finds_its_data_beside_it_or_below(
    tmp_path: Path, name: str, encoding: str
) -> None:
    (tmp_path / "data").mkdir()
    pack = {"raw": bytes, "gzip": gzip.compress, "bzip2": bz2.compress}[encoding]
    (tmp_path / name).write_bytes(pack(VALUES.tobytes()))
    path = a_file(tmp_path, b"", "image.nhdr", data_file=name, encoding=encoding)
    assert np.array_equal(read_nrrd(path).array_kji, VALUES)


@pytest.mark.parametrize(
    "name",
    ["../secret.raw", "/etc/passwd", "data/../../secret.raw", r"..\secret.raw", r"C:\x", "//host/x"],
)
def test_a_detached_header_cannot_reach_outside_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "secret.raw").write_bytes(VALUES.tobytes())
    path = a_file(folder, b"", "image.nhdr", data_file=name)
    with pytest.raises(VolumeError, match="outside its folder"):
        read_nrrd(path)


PACKED = gzip.compress(VALUES.tobytes())
BAD = {
    "no magic": ({}, None, "no NRRD file"),
    "no sizes": ({"sizes": ""}, b"", "'sizes' is ''"),
    "sizes that are no numbers": ({"sizes": "6 5 x"}, b"", "'sizes' is '6 5 x'"),
    "a negative size": ({"sizes": "6 5 -4"}, b"", "'sizes'"),
    "a size of zero": ({"sizes": "6 5 0"}, b"", "6 x 5 x 0"),
    "a bomb": ({"sizes": "30000 30000 30000"}, VALUES.tobytes(), "cannot hold them"),
    "a size beyond any number": ({"sizes": "6 5 " + "9" * 400}, b"", "'sizes'"),
    "a packed bomb": ({"sizes": "30000 30000 30000", "encoding": "gzip"}, PACKED, "cannot hold them"),
    "a bomb in bzip2": ({"sizes": "30000 30000 30000", "encoding": "bzip2"}, b"", "too large"),
    "a bomb as text": ({"sizes": "30000 30000 30000", "encoding": "ascii"}, b"1 2", "cannot hold them"),
    "five axes": ({"sizes": "2 2 2 2 2"}, b"", "5 axes"),
    "one axis": ({"sizes": "2"}, b"", "1 axes"),
    "a block type": ({"type": "block"}, b"", "'type' is 'block'"),
    "an unknown encoding": ({"encoding": "zrl"}, b"", "'encoding' is 'zrl'"),
    "cut off": ({}, VALUES.tobytes()[:-1], "cut off or damaged"),
    "cut off, packed": ({"encoding": "gzip"}, PACKED[:-20], "cut off or damaged"),
    "damaged, packed": ({"encoding": "gzip"}, PACKED[:30] + b"xxxx" + PACKED[34:], "cut off or damaged"),
    "not packed at all": ({"encoding": "gzip"}, VALUES.tobytes(), "cut off or damaged"),
    "damaged bzip2": ({"encoding": "bzip2"}, b"BZh9" + bytes(300), "cut off or damaged"),
    "too few words": ({"encoding": "ascii"}, b"1 2 3 " * 30, "cut off or damaged"),
    "words that are too large": ({"encoding": "ascii"}, b"99999999999 " * 120, "cut off or damaged"),
    "sizes in other scripts": ({"sizes": "²6 5 4"}, b"", "header field 'sizes'"),
    "words that are no numbers": ({"encoding": "ascii"}, b"x " * 120, "cut off or damaged"),
    "singular directions": ({"space_directions": "(1,0,0) (1,0,0) (0,0,1)"}, VALUES.tobytes(), "singular"),
    "directions that are no numbers": (
        {"space_directions": "(1,0,0) (a,0,0) (0,0,1)"},
        VALUES.tobytes(),
        "space dir",
    ),
    "NaN in directions": ({"space_directions": "(1,0,0) (0,nan,0) (0,0,1)"}, VALUES.tobytes(), "finite"),
    "too few directions": ({"space_directions": "(1,0,0) (0,1,0)"}, VALUES.tobytes(), "space directions"),
    "spacings that are no numbers": (
        {"space_directions": "", "spacings": "a b c"},
        VALUES.tobytes(),
        "spacings",
    ),
    "a list of data files": ({"data_file": "LIST"}, b"a.raw\nb.raw\n", "several files"),
    "a pattern of data files": ({"data_file": "%03d.raw 1 4 1"}, b"", "several files"),
    "a data file that is missing": ({"data_file": "gone.raw"}, b"", r"gone\.raw is not there"),
    "skipping further than the end": ({"byte_skip": "100"}, VALUES.tobytes(), "cut off or damaged"),
    "a skip that is no number": ({"byte_skip": "x"}, VALUES.tobytes(), "byte skip"),
}


@pytest.mark.parametrize(("fields", "data", "words"), BAD.values(), ids=BAD)
def test_bad_files_are_refused_in_one_line_and_little_memory(
    tmp_path: Path, fields: dict[str, str], data: bytes | None, words: str
) -> None:
    path = a_file(tmp_path, data or b"", **fields)
    if data is None:
        path.write_bytes(b"hello world\n" * 20)
    with memory_below(30), pytest.raises(VolumeError, match=words) as caught:
        read_nrrd(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_nan_and_infinity_are_kept(tmp_path: Path) -> None:
    values = np.full((4, 5, 6), np.nan, np.float32)
    values[0, 0, :2] = np.inf, -np.inf
    path = a_file(tmp_path, values.tobytes(), type="float")
    np.testing.assert_array_equal(read_nrrd(path).array_kji, values)


def test_a_header_with_windows_line_ends_is_read(tmp_path: Path) -> None:
    path = tmp_path / "image.nrrd"
    path.write_bytes(nrrd_header().replace("\n", "\r\n").encode() + VALUES.tobytes())
    assert np.array_equal(read_nrrd(path).array_kji, VALUES)


def test_oblique_files_of_pynrrd_agree_with_itk(tmp_path: Path) -> None:
    lps = an_oblique_geometry().ijk_to_lps
    path = tmp_path / "image.nrrd"
    header = {"space": "LPS", "space directions": lps[:3, :3].T, "space origin": lps[:3, 3]}
    nrrd.write(str(path), VALUES.T, header)
    geometry, values = as_itk(path)
    assert read_nrrd(path).geometry.agrees_with(geometry, tolerance_voxels=1e-9)
    assert np.array_equal(read_nrrd(path).array_kji, values)
