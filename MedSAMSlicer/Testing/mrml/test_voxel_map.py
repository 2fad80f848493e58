"""Nearest voxels between grids: exact copies where grids agree, the nearest centre where they do not."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.errors import VolumeError
from medsam_core.geometry import Geometry
from medsam_core.mrml.labelmap_grid import block_of
from medsam_core.mrml.voxel_map import VoxelMap
from medsam_core.voxel_patch import VoxelPatch
from testkit.geometries import geometries
from testkit.mrml_nodes import a_sheared_matrix

pytest.importorskip("vtkmodules", reason="VTK comes with Slicer's core, which is not installed")

LAWS = settings(max_examples=60, deadline=None)


def a_map(volume: Geometry, grid: Geometry) -> VoxelMap:
    return VoxelMap.between(volume.ijk_to_ras, grid.ijk_to_ras, volume.size_ijk)


def a_shifted(geometry: Geometry, ijk: tuple[float, float, float]) -> Geometry:
    """The same voxels, counted from another one."""
    shift = np.eye(4)
    shift[:3, 3] = ijk
    return Geometry(geometry.size_ijk, geometry.ijk_to_ras @ shift)


@LAWS
@given(
    geometries(sheared=True), st.tuples(*[st.integers(-4, 4)] * 3), st.tuples(*[st.floats(-3e-4, 3e-4)] * 3)
)
def test_a_grid_counted_from_another_voxel_is_copied(
    volume: Geometry, shift: tuple[int, int, int], noise: tuple[float, float, float]
) -> None:
    grid = a_shifted(volume, tuple(np.add(shift, noise)))
    assert a_map(volume, grid).offset_kji == tuple(-a for a in reversed(shift))


def test_a_volume_within_one_voxel_of_a_grid_is_not_taken_for_it() -> None:
    volume = Geometry((4, 4, 4), np.diag([1e-5, 1e-5, 1e-5, 1.0]))
    start, _, found = a_map(volume, Geometry((4, 4, 4), np.eye(4))).to_grid_blocks(
        VoxelPatch((0, 0, 0), np.ones((4, 4, 4), bool))
    )
    assert (start, found.shape) == ((0, 0, 0), (1, 1, 1))


@LAWS
@given(geometries(sheared=True), st.integers(0, 99))
def test_a_transform_on_both_changes_nothing(volume: Geometry, seed: int) -> None:
    moved = a_sheared_matrix() @ volume.ijk_to_ras
    assert VoxelMap.between(moved, moved, volume.size_ijk).offset_kji == (0, 0, 0)


@LAWS
@given(geometries(sheared=True), geometries(sheared=True), st.integers(0, 99))
def test_each_voxel_of_the_grid_takes_the_nearest_of_the_volume(
    volume: Geometry, elsewhere: Geometry, seed: int
) -> None:
    near = elsewhere.ijk_to_ras.copy()  # another orientation and spacing, at the same place
    near[:3, 3] = volume.from_ijk(np.array(volume.size_ijk) / 2, "ras") - near[:3, :3] @ [1, 1, 1]
    mask = np.random.default_rng(seed).random(volume.shape_kji) > 0.5
    voxel_map = VoxelMap.between(volume.ijk_to_ras, near, volume.size_ijk)
    start, inside, found = voxel_map.to_grid_blocks(VoxelPatch((0, 0, 0), mask))
    kji = np.stack(np.meshgrid(*(np.arange(n) for n in inside.shape), indexing="ij"), -1) + start
    seen = volume.to_ijk(Geometry((1, 1, 1), near).from_ijk(kji[..., ::-1], "ras"), "ras")
    clear = np.abs(seen % 1 - 0.5).min(axis=-1) > 1e-4  # half-way between two voxels either may win
    index = np.floor(seen + 0.5).astype(int)[..., ::-1]
    within = np.all((index >= 0) & (index < volume.shape_kji), axis=-1)
    nearest = np.zeros(inside.shape, bool)
    nearest[within] = mask[tuple(index[within].T)]
    assert np.array_equal(inside[clear], within[clear])
    assert np.array_equal(found[clear], nearest[clear])


@LAWS
@given(geometries(sheared=True), st.integers(0, 99), st.sampled_from([1, 3]))
def test_what_went_to_a_grid_as_fine_comes_back(volume: Geometry, seed: int, finer: int) -> None:
    shrink = np.diag([1 / finer] * 3 + [1.0])
    shrink[:3, 3] = (1 / finer - 1) / 2  # thirds of each voxel, none of them on a border
    grid = Geometry(tuple(n * finer for n in volume.size_ijk), volume.ijk_to_ras @ shrink)
    patch = VoxelPatch((0, 0, 0), np.random.default_rng(seed).random(volume.shape_kji) > 0.5)
    start, _, found = a_map(volume, grid).to_grid_blocks(patch)
    assert found.sum() == patch.voxels * finer**3
    back = a_map(volume, grid).to_volume_block(partial(block_of, found, start), (0, 0, 0), volume.shape_kji)
    assert np.array_equal(back, patch.mask_kji)


def test_a_block_thinner_than_a_voxel_of_the_grid_still_has_a_place() -> None:
    volume = Geometry((2, 2, 2), np.diag([1e-9, 1e-9, 1e-9, 1.0]))
    place = np.eye(4)
    place[:3, 3] = 0.5  # exactly between two voxels of the grid
    grid = Geometry((1, 1, 1), place)
    start, inside, found = a_map(volume, grid).to_grid_blocks(VoxelPatch((0, 0, 0), np.ones((2, 2, 2), bool)))
    assert inside.shape == found.shape
    assert min(inside.shape) >= 1
    assert len(start) == 3


def test_a_block_beyond_any_memory_is_refused() -> None:
    volume = Geometry((100, 100, 100), np.eye(4))
    grid = Geometry((1, 1, 1), np.diag([1e-4, 1e-4, 1e-4, 1.0]))
    with pytest.raises(VolumeError, match="far smaller or larger"):
        a_map(volume, grid).to_grid_blocks(VoxelPatch((0, 0, 0), np.ones((100, 100, 100), bool)))
