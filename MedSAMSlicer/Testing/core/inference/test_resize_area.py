"""Our area resize is OpenCV's; the numbers here are what opencv-python-headless 4.10 returned."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from medsam_core.inference.resize_area import resize_area

SMALL = [
    ((5, 7, 1), (3, 4), [[56, 148, 115, 105], [124, 135, 116, 97], [126, 143, 160, 177]]),
    ((8, 6, 1), (4, 3), [[67, 134, 137], [154, 145, 136], [113, 156, 135], [136, 103, 134]]),
    ((9, 6, 1), (3, 2), [[113, 112], [149, 151], [128, 134]]),
    ((4, 3, 1), (5, 4), [[0, 61, 121, 182], [28, 95, 162, 229], [56, 129, 160, 149], [83, 163, 158, 68],
                         [111, 198, 199, 115]]),
    ((4, 6, 3), (2, 4), [[[51, 108, 165], [181, 153, 124], [88, 144, 159], [132, 104, 118]],
                         [[134, 148, 162], [128, 142, 156], [163, 134, 106], [157, 128, 100]]]),
]  # fmt: skip
LARGE = [
    ((512, 512, 1), (256, 256), "9a6461ad7c481e5a"),
    ((512, 300, 3), (256, 150), "707664a428646fd0"),
    ((301, 417, 1), (185, 256), "10d4daad79c1e65e"),
    ((768, 768, 3), (256, 256), "4af9f913f8ba2d6d"),
    ((100, 80, 3), (256, 205), "83494ec2ff7b7434"),
    ((33, 128, 1), (66, 256), "038dadc83816b001"),
    ((300, 255, 1), (256, 218), "d36e8fa3399ff30e"),
]


def a_picture(height: int, width: int, channels: int) -> np.ndarray:
    y, x, c = np.mgrid[:height, :width, :channels]
    values = ((y * 37 + x * 91 + y * x * 13 + c * 57) % 256).astype(np.uint8)
    return values[..., 0] if channels == 1 else values


@pytest.mark.parametrize(("shape", "size_yx", "expected"), SMALL)
def test_small_pictures_come_out_as_opencvs(shape: tuple, size_yx: tuple, expected: list) -> None:
    assert resize_area(a_picture(*shape), size_yx).tolist() == expected


@pytest.mark.parametrize(("shape", "size_yx", "digest"), LARGE)
def test_large_pictures_come_out_as_opencvs(shape: tuple, size_yx: tuple, digest: str) -> None:
    resized = resize_area(a_picture(*shape), size_yx)
    assert hashlib.sha256(resized.tobytes()).hexdigest().startswith(digest)


def test_a_flat_picture_stays_flat() -> None:
    for shape in ((7, 100), (300, 411), (20, 31)):
        assert (resize_area(np.full(shape, 77, np.uint8), (50, 60)) == 77).all()
