"""TIFF pictures and stacks keep their values and order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image

from medsam_core.errors import VolumeError
from medsam_core.formats.tiff_reader import read_tiff
from medsam_core.geometry import Geometry
from testkit.memory import memory_below

GREY = np.arange(6 * 8, dtype=np.uint8).reshape(6, 8) * 5
STACK = np.arange(5 * 6 * 8, dtype=np.uint16).reshape(5, 6, 8)


def written(folder: Path, values: np.ndarray, **options: object) -> Path:
    path = folder / "picture.tif"
    tifffile.imwrite(path, values, **options)
    return path


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8", ">u2"])
def test_every_number_type_comes_back(tmp_path: Path, kind: str) -> None:
    array = read_tiff(written(tmp_path, GREY.astype(kind))).array_kji
    assert array.dtype == np.dtype(kind).newbyteorder("=")
    assert np.array_equal(array, GREY.astype(kind)[None])


def test_pages_are_slices_one_millimetre_apart(tmp_path: Path) -> None:
    volume = read_tiff(written(tmp_path, STACK))
    assert np.array_equal(volume.array_kji, STACK)
    assert volume.spacing_mm == (1, 1, 1)
    assert volume.geometry.agrees_with(Geometry.from_sitk(SimpleITK.ReadImage(str(volume.source))))


@pytest.mark.parametrize("colours", [3, 4])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colours_are_read_however_they_lie(tmp_path: Path, colours: int, planar: str) -> None:
    values = np.arange(6 * 8 * colours, dtype=np.uint16).reshape(6, 8, colours)
    extra = {"extrasamples": ["unassalpha"]} if colours == 4 else {}
    stored = np.moveaxis(values, -1, 0) if planar == "separate" else values
    path = written(tmp_path, stored, photometric="rgb", planarconfig=planar, **extra)
    assert np.array_equal(read_tiff(path).array_kji, values[None, ..., :3])


def test_a_stack_of_colour_pages_is_a_colour_volume(tmp_path: Path) -> None:
    values = np.arange(5 * 6 * 8 * 3).astype(np.uint8).reshape(5, 6, 8, 3)
    assert np.array_equal(read_tiff(written(tmp_path, values, photometric="rgb")).array_kji, values)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "raw"])
@pytest.mark.parametrize("pages", [1, 3])
def test_compressed_pages_come_back(tmp_path: Path, compression: str, pages: int) -> None:
    path = tmp_path / "picture.tif"
    first, *more = [Image.fromarray(GREY + n) for n in range(pages)]
    first.save(path, compression=compression, save_all=True, append_images=more)
    assert np.array_equal(read_tiff(path).array_kji, np.stack([GREY + n for n in range(pages)]))


def test_palettes_white_is_zero_and_single_bits_are_shown_as_a_viewer_does(tmp_path: Path) -> None:
    inverted = written(tmp_path, GREY, photometric="miniswhite")
    assert np.array_equal(read_tiff(inverted).array_kji, 255 - GREY[None])
    path = tmp_path / "picture.tif"
    Image.fromarray(GREY > 99).save(path)
    assert np.array_equal(read_tiff(path).array_kji, np.where(GREY > 99, 255, 0)[None])
    Image.fromarray(np.dstack([GREY] * 3)).quantize(4).save(path)
    expected = np.array(Image.open(path).convert("RGB"))
    assert np.array_equal(read_tiff(path).array_kji, expected[None])


@pytest.mark.parametrize("kind", ["imagej", "ome"])
def test_channels_make_a_4d_image_with_frames(tmp_path: Path, kind: str) -> None:
    values = np.arange(3 * 2 * 6 * 8, dtype=np.uint16).reshape(3, 2, 6, 8)
    path = tmp_path / ("picture.ome.tif" if kind == "ome" else "picture.tif")
    tifffile.imwrite(path, values, imagej=kind == "imagej", metadata={"axes": "ZCYX"})
    with pytest.raises(VolumeError, match="holds 2 frames; choose one of --frame 0 to --frame 1"):
        read_tiff(path)
    assert np.array_equal(read_tiff(path, frame=1).array_kji, values[:, 1])


@pytest.mark.parametrize(("unit", "millimetres"), [(2, 25.4 / 100), (3, 10 / 100), (1, 1.0)])
def test_pixel_size_is_itks(tmp_path: Path, unit: int, millimetres: float) -> None:
    path = written(tmp_path, GREY, resolution=(100, 100), resolutionunit=unit)
    volume = read_tiff(path)
    assert volume.spacing_mm == pytest.approx((millimetres, millimetres, 1))
    assert volume.geometry.agrees_with(Geometry.from_sitk(SimpleITK.ReadImage(str(path))))


def test_pages_of_other_sizes_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "picture.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(GREY)
        writer.write(np.zeros((2, 2), np.uint8))
    assert np.array_equal(read_tiff(path).array_kji, GREY[None])


def bomb(folder: Path) -> bytes:
    """A tiny file whose header claims 100,000 x 100,000 pixels."""
    content = bytearray(written(folder, GREY, compression="zlib").read_bytes())
    for tag, value in ((256, 100_000), (257, 100_000), (278, 100_000)):
        place = content.index(tag.to_bytes(2, "little") + b"\x04\x00")
        content[place + 8 : place + 12] = value.to_bytes(4, "little")
    return bytes(content)


def stack_bomb(folder: Path) -> bytes:
    """A small file whose first page claims 12,000 x 12,000 pixels."""
    content = bytearray(written(folder, GREY).read_bytes())
    for tag in (256, 257, 278):
        place = content.index(tag.to_bytes(2, "little") + b"\x04\x00")
        content[place + 8 : place + 12] = (12_000).to_bytes(4, "little")
    return bytes(content)


def cut_off(folder: Path, **options: object) -> bytes:
    noise = np.random.default_rng(0).integers(0, 60000, (4, 60, 80)).astype(np.uint16)
    content = written(folder, noise, **options).read_bytes()
    return content[: len(content) // 2]


BAD = {
    "text": (lambda folder: b"hello world" * 20, "no TIFF"),
    "a header alone": (lambda folder: written(folder, GREY).read_bytes()[:8], "TIFF|damaged"),
    "cut off": (lambda folder: cut_off(folder), "cut off|cannot hold"),
    "cut off, packed": (lambda folder: cut_off(folder, compression="zlib"), "cut off|cannot hold"),
    "cut off in the header": (
        lambda folder: written(folder, STACK).read_bytes()[:400],
        "cut off|cannot hold",
    ),
    "a bomb": (bomb, "too large"),
    "a stack bomb": (stack_bomb, "cannot hold them"),
}


@pytest.mark.parametrize(("make", "words"), BAD.values(), ids=BAD)
def test_bad_pictures_are_refused_silently_and_in_little_memory(
    tmp_path: Path, make: object, words: str, capfd: pytest.CaptureFixture
) -> None:
    content = make(tmp_path)
    path = tmp_path / "bad.tif"
    path.write_bytes(content)
    with memory_below(30), pytest.raises(VolumeError, match=words) as caught:
        read_tiff(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_damaged_field_gives_one_error_and_no_warning_beside_it(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "picture.tif"
    Image.fromarray(GREY).save(path, compression="tiff_lzw")
    content = bytearray(path.read_bytes())
    place = content.index((284).to_bytes(2, "little") + b"\x03\x00")  # the layout of colours
    content[place + 4 : place + 8] = (10**8).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(VolumeError, match="damaged"):
        read_tiff(path)
    assert not recwarn.list
