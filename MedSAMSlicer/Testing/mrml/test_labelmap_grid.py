"""Blocks of voxels as Slicer's images, in place and in value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.mrml.labelmap_grid import LabelmapGrid, block_of, values_of
from testkit.geometries import geometries
from testkit.mrml_nodes import a_new_scene, vtk_matrix

LAWS = settings(max_examples=40, deadline=None)
starts = st.tuples(*[st.integers(-5, 5)] * 3)


def an_image_on(matrix: np.ndarray) -> Any:
    a_new_scene()  # skips where Slicer's core is not installed
    from slicer import vtkOrientedImageData

    image = vtkOrientedImageData()
    image.SetGeometryFromImageToWorldMatrix(vtk_matrix(matrix))
    return image


@LAWS
@given(geometries(sheared=True), starts)
def test_a_block_goes_into_an_image_and_comes_back(geometry: Any, start: tuple[int, int, int]) -> None:
    source = an_image_on(geometry.ijk_to_ras)
    grid = LabelmapGrid(source)
    values = np.random.default_rng(0).integers(0, 9, geometry.shape_kji).astype(np.uint8)
    image = grid.image(start, values)
    first, found = values_of(image)
    assert first == start
    assert np.array_equal(found, values)
    assert grid.matches(image)
    assert np.allclose(grid.ijk_to_parent, geometry.ijk_to_ras)


def test_an_image_keeps_its_own_copy() -> None:
    grid = LabelmapGrid(an_image_on(np.eye(4)))
    values = np.ones((2, 3, 4), bool)
    image = grid.image((0, 0, 0), values)
    values[:] = False
    assert values_of(image)[1].all()


def test_another_grid_is_told_apart() -> None:
    grid = LabelmapGrid(an_image_on(np.eye(4)))
    assert not grid.matches(an_image_on(np.diag([1, 1, 1.01, 1])))


def test_an_image_without_voxels_is_empty() -> None:
    first, values = values_of(an_image_on(np.eye(4)))
    assert (first, values.shape) == ((0, 0, 0), (0, 0, 0))


@LAWS
@given(starts, starts, st.tuples(*[st.integers(1, 6)] * 3))
def test_a_block_is_the_array_where_it_has_voxels_and_zero_elsewhere(
    first: tuple[int, int, int], start: tuple[int, int, int], shape: tuple[int, int, int]
) -> None:
    values = np.random.default_rng(1).integers(1, 9, (3, 4, 5))
    block = block_of(values, first, start, shape)
    for kji in np.ndindex(shape):
        index = np.add(kji, start) - first
        there = np.all((index >= 0) & (index < values.shape))
        assert block[kji] == (values[tuple(index)] if there else 0)


def test_a_grid_says_where_a_block_lies_without_voxels() -> None:
    frame = LabelmapGrid(an_image_on(np.eye(4))).frame((1, 2, 3), (4, 5, 6))
    assert frame.GetExtent() == (3, 8, 2, 6, 1, 4)
    assert frame.GetPointData().GetScalars() is None
    assert pytest.approx(frame.GetSpacing()) == (1, 1, 1)
