"""Prompting in other orientations than the volume's own slices."""

from __future__ import annotations

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.metrics import dice
from medsam_core.slice_grid import SliceGrid


@pytest.fixture(scope="module")
def model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu", precision="fp32")


def a_ball(spacing: tuple[float, float, float], turn: np.ndarray | None = None) -> medsam.Volume:
    """A bright ball of 14 mm in the middle of 64 mm of noise."""
    size = tuple(round(64 / s) for s in spacing)
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if turn is None else turn) * spacing
    matrix[:3, 3] = (11, -7, 30)
    k, j, i = np.indices(size[::-1])
    far = sum(((v - (n - 1) / 2) * s) ** 2 for v, n, s in zip((i, j, k), size, spacing, strict=True))
    grey = np.where(far < 14**2, 200.0, 90.0) + np.random.default_rng(1).normal(0, 5, size[::-1])
    return medsam.Volume(grey.clip(0, 255).astype(np.uint8), medsam.Geometry(size, matrix), name="ball")


def truth(volume: medsam.Volume) -> np.ndarray:
    return volume.array_kji > 145


def a_plane(volume: medsam.Volume, ijk: tuple[float, float, float], directions: np.ndarray) -> np.ndarray:
    plane = np.eye(4)
    plane[:3, :3], plane[:3, 3] = directions, volume.geometry.from_ijk(ijk, "ras")
    return plane


def test_the_same_plane_prompted_as_axial_and_as_oblique_gives_the_same_voxels(model: medsam.Model) -> None:
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    volume = a_ball((1.0, 1.0, 3.0), turn)
    box = medsam.Box((15, 15, 10), (48, 48, 10))
    native = medsam.segment_volume(volume, medsam.Prompts.from_boxes([box]), model)
    plane = a_plane(volume, (0, 0, 10), volume.geometry.direction)
    grid, n = SliceGrid.oblique(volume.geometry, plane, pixel_mm=1.0, step_mm=3.0)
    same = medsam.Box((15, 15, n), (48, 48, n))
    oblique = medsam.segment_volume(volume, medsam.Prompts.from_boxes([same]), model, grid=grid)
    assert native.labels_kji.any()
    np.testing.assert_array_equal(native.labels_kji, oblique.labels_kji)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (1.0, 1.0, 3.0)], ids=["isotropic", "thick"])
def test_a_ball_is_found_as_well_from_each_side(
    spacing: tuple[float, float, float], model: medsam.Model
) -> None:
    volume = a_ball(spacing)
    found = {}
    for axis in "kji":
        grid = SliceGrid.along(volume.geometry, axis)
        middle = (np.asarray(grid.size_xyn) - 1) / 2
        reach = 14.5 / np.asarray(grid.geometry(volume.geometry).spacing_mm)
        low, high = (tuple((middle + sign * reach).round().astype(int).tolist()) for sign in (-1, 1))
        prompts = medsam.Prompts.from_boxes([medsam.Box(low, high)])
        result = medsam.segment_volume(volume, prompts, model, grid=grid)
        assert result.labels_kji.shape == volume.array_kji.shape
        found[axis] = dice(result.labels_kji == 1, truth(volume))
    # One box on all slices of a ball is too wide at its poles, from whatever side.
    assert min(found["i"], found["j"]) > found["k"] - 0.03 > 0.4
    assert abs(found["i"] - found["j"]) < 0.03


def test_a_ball_is_tracked_along_an_oblique_axis(model: medsam.Model) -> None:
    volume = a_ball((1.0, 1.0, 1.0))
    directions = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    plane = a_plane(volume, (31.5, 31.5, 31.5), directions)
    grid, n = SliceGrid.oblique(volume.geometry, plane)
    x, y, _ = grid.to_xyn((31.5, 31.5, 31.5)).round().astype(int).tolist()
    box = medsam.Box((x - 15, y - 15, n), (x + 15, y + 15, n))
    prompts = medsam.Prompts.from_boxes([box])
    result = medsam.segment_volume(volume, prompts, model, grid=grid, propagation="track")
    assert dice(result.labels_kji == 1, truth(volume)) > 0.75
    assert {stop.direction for stop in result.segments[0].stops} == {"up", "down"}


def test_prompts_are_held_to_the_size_of_the_grid(model: medsam.Model) -> None:
    volume = a_ball((1.0, 1.0, 3.0))
    grid = SliceGrid.along(volume.geometry, "j")
    prompts = medsam.Prompts.from_boxes([medsam.Box((5, 5, 63), (20, 60, 63))])
    medsam.segment_volume(volume, prompts, model, grid=grid)
    with pytest.raises(PromptError, match="outside of the volume"):
        medsam.segment_volume(volume, prompts, model)


@pytest.mark.parametrize("propagation", ["roi", "track"])
def test_a_drawn_mask_is_the_answer_on_its_slice(propagation: str, model: medsam.Model) -> None:
    volume = a_ball((1.0, 1.0, 3.0))
    drawn = np.zeros((64, 64), bool)
    drawn[20:40, 25:30] = True
    segment = medsam.SegmentPrompt(
        "ball", 1, (medsam.Box((15, 15, 6), (48, 48, 14)),), masks=(MaskPrompt.of(10, drawn),)
    )
    result = medsam.segment_volume(volume, medsam.Prompts((segment,)), model, propagation=propagation)
    np.testing.assert_array_equal(result.labels_kji[10] == 1, drawn)
    assert result.confidence[1][10] == 1.0
