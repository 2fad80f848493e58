"""Where a slice is, in words."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.interaction.slice_words import slice_words
from medsam_core.slice_grid import SliceGrid

MATRIX = np.diag([-0.8, -0.8, 6.5, 1.0])
MATRIX[:3, 3] = 100.0, 90.0, -78.0
HEAD_FIRST = Geometry((256, 256, 25), MATRIX)


@pytest.mark.parametrize(
    ("axis", "index", "told"),
    [
        ("k", 16, "S 26.0 mm (slice 17)"),
        ("k", 11, "S -6.5 mm (slice 12)"),
        ("k", 12, "S 0.0 mm (slice 13)"),
        ("j", 0, "A 90.0 mm (slice 1)"),
        ("i", 0, "L -100.0 mm (slice 1)"),
        ("i", 250, "L 100.0 mm (slice 251)"),
    ],
)
def test_a_place_is_told_as_the_sliders_of_slicer_tell_it(axis: str, index: int, told: str) -> None:
    assert slice_words(index, SliceGrid.along(HEAD_FIRST, axis), HEAD_FIRST) == told


def test_the_millimetres_do_not_depend_on_the_order_of_the_slices() -> None:
    flip = np.diag([1.0, 1.0, -1.0, 1.0])
    flip[2, 3] = 24
    feet_first = Geometry(HEAD_FIRST.size_ijk, HEAD_FIRST.ijk_to_ras @ flip)
    words = [slice_words(n, SliceGrid.along(one), one) for n, one in ((16, HEAD_FIRST), (8, feet_first))]
    assert words == ["S 26.0 mm (slice 17)", "S 26.0 mm (slice 9)"]


def test_a_tilted_plane_has_the_letters_that_it_leans_to() -> None:
    plane = np.eye(4)
    plane[:3, :3] = [[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]
    plane[:3, 3] = plane[:3, 2] * 12.0
    grid, index = SliceGrid.oblique(HEAD_FIRST, plane)
    assert slice_words(index, grid, HEAD_FIRST) == f"SP 12.0 mm (slice {index + 1})"


def test_a_picture_lies_nowhere() -> None:
    assert slice_words(0, SliceGrid.along(HEAD_FIRST), None) == "slice 1"
