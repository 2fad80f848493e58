"""Pictures keep the values they store, whatever their mode."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from PIL import Image

from medsam_core.errors import VolumeError
from medsam_core.formats.image_reader import read_image
from medsam_core.geometry import Geometry
from testkit.memory import memory_below

GREY = np.arange(6 * 8, dtype=np.uint8).reshape(6, 8) * 5
RGB = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)


def saved(folder: Path, picture: Image.Image, name: str = "picture.png", **options: object) -> Path:
    picture.save(folder / name, **options)
    return folder / name


def test_grey_of_8_and_16_bits(tmp_path: Path) -> None:
    for values in (GREY, GREY.astype(np.uint16) * 257):
        array = read_image(saved(tmp_path, Image.fromarray(values))).array_kji
        assert array.dtype == values.dtype
        assert np.array_equal(array, values[None])


def test_colours_of_8_and_16_bits(tmp_path: Path) -> None:
    assert np.array_equal(read_image(saved(tmp_path, Image.fromarray(RGB))).array_kji, RGB[None])
    deep = RGB.astype(np.uint16) * 256 + 7
    path = tmp_path / "deep.png"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(deep, isVector=True), str(path))
    assert np.array_equal(read_image(path).array_kji, deep[None])


def test_alpha_is_dropped_in_8_and_16_bits(tmp_path: Path) -> None:
    with_alpha = np.dstack([RGB, GREY])
    assert np.array_equal(read_image(saved(tmp_path, Image.fromarray(with_alpha))).array_kji, RGB[None])
    path = tmp_path / "deep.png"
    deep = with_alpha.astype(np.uint16) * 256
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(deep, isVector=True), str(path))
    assert np.array_equal(read_image(path).array_kji, deep[None, ..., :3])
    grey_alpha = Image.fromarray(GREY).convert("LA")
    assert np.array_equal(read_image(saved(tmp_path, grey_alpha)).array_kji, GREY[None])


def test_a_palette_becomes_its_colours(tmp_path: Path) -> None:
    picture = Image.fromarray(GREY % 4).convert("P")
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30])
    picture = Image.frombytes("P", (8, 6), (GREY % 4).tobytes())
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30])
    expected = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]], np.uint8)[GREY % 4]
    assert np.array_equal(read_image(saved(tmp_path, picture)).array_kji, expected[None])


def test_single_bits_become_0_and_255(tmp_path: Path) -> None:
    array = read_image(saved(tmp_path, Image.fromarray(GREY > 99))).array_kji
    assert np.array_equal(array, np.where(GREY > 99, 255, 0)[None])


def test_jpeg_is_read_as_pillow_decodes_it(tmp_path: Path) -> None:
    for picture in (Image.fromarray(GREY), Image.fromarray(RGB)):
        path = saved(tmp_path, picture, "picture.jpg", quality=80)
        assert np.array_equal(read_image(path).array_kji[0], np.array(Image.open(path)))


def test_exif_orientation_is_not_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    volume = read_image(saved(tmp_path, Image.fromarray(GREY), "picture.jpg", exif=exif))
    assert volume.geometry.size_ijk == (8, 6, 1)


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.png", {}), ("a.png", {"dpi": (72, 72)}), ("a.jpg", {}), ("a.jpg", {"dpi": (72, 36)})],
    ids=str,
)
def test_the_place_is_itks(tmp_path: Path, name: str, options: dict) -> None:
    path = saved(tmp_path, Image.fromarray(GREY), name, **options)
    theirs = Geometry.from_sitk(SimpleITK.ReadImage(str(path)))
    assert read_image(path).geometry.agrees_with(theirs, tolerance_voxels=1e-9)


def png_bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000)))


BAD = {
    "text as PNG": ("bad.png", b"hello world" * 20, "no PNG or JPEG"),
    "text as JPEG": ("bad.jpg", b"hello world" * 20, "no PNG or JPEG"),
    "a PNG of 60000 x 60000": ("bad.png", png_bomb(60000, 60000), "too large"),
    "a PNG of 2 billion columns": ("bad.png", png_bomb(2**31 - 1, 2**31 - 1), "too large"),
    "a PNG with no picture": ("bad.png", png_bomb(0, 0), "no PNG|damaged|too large"),
    "another format in disguise": ("bad.png", b"GIF89a" + bytes(40), "no PNG or JPEG"),
}


@pytest.mark.parametrize(("name", "content", "words"), BAD.values(), ids=BAD)
def test_bad_pictures_are_refused_in_one_line_and_little_memory(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with memory_below(30), pytest.raises(VolumeError, match=words) as caught:
        read_image(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "deep.png"])
def test_cut_off_pictures_are_refused_silently(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3))
    path = tmp_path / name
    if name == "deep.png":
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(noise.astype(np.uint16), isVector=True), str(path))
    else:
        Image.fromarray(noise.astype(np.uint8)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(VolumeError, match="cut off or damaged"):
        read_image(path)
    assert capfd.readouterr() == ("", "")


def test_a_picture_has_neither_frames_nor_series(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(GREY))
    with pytest.raises(VolumeError, match="--frame 0"):
        read_image(path, frame=1)
    with pytest.raises(VolumeError, match="--series"):
        read_image(path, series="1")
