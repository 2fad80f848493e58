"""A slice stands the way clinicians expect."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.slice_view import SliceView


def signed_permutations() -> list[np.ndarray]:
    matrices = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[order, range(3)] = signs
            matrices.append(matrix)
    return matrices


@pytest.mark.parametrize("direction", signed_permutations(), ids=lambda m: str(m.astype(int).tolist()))
def test_patient_right_front_and_head_stand_left_and_up(direction: np.ndarray) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = direction @ np.diag([2.0, 1.0, 3.0])
    view = SliceView.of(Geometry((6, 5, 4), matrix), is_2d=False)
    grid = np.stack(np.meshgrid(np.arange(6), np.arange(5), [0], [1], indexing="xy"), axis=-1).reshape(
        5, 6, 4
    )
    ras = view.turn(grid @ matrix.T)[..., :3]
    to_right, to_bottom = ras[0, 1] - ras[0, 0], ras[1, 0] - ras[0, 0]
    assert to_right.sum() < 0 and to_bottom.sum() < 0, "RAS falls along both screen axes: R left, A and S up"
    axes = np.argmax(np.abs(to_right)), np.argmax(np.abs(to_bottom))
    assert axes[0] < axes[1]
    assert view.aspect == pytest.approx(np.abs(to_bottom).max() / np.abs(to_right).max())
    assert view.sides[0] == "RAS"[axes[0]] and view.sides[2] == "RAS"[axes[1]]


@pytest.mark.parametrize("direction", signed_permutations()[::5], ids=str)
def test_a_box_turns_with_its_slice(direction: np.ndarray) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = direction
    view = SliceView.of(Geometry((7, 5, 3), matrix), is_2d=False)
    mask = np.zeros((5, 7), bool)
    mask[1:3, 2:6] = True
    x0, y0, x1, y1 = view.turn_box((2, 1, 5, 2), (5, 7))
    turned = np.zeros_like(view.turn(mask))
    turned[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1] = True
    np.testing.assert_array_equal(turned, view.turn(mask))
