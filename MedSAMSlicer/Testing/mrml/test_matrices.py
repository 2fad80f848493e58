"""A matrix keeps every element on its way out of VTK."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.mrml.matrices import as_array, filled_by
from testkit.mrml_nodes import WITHOUT_SLICER, vtk_matrix

pytest.importorskip("vtkmodules", reason=WITHOUT_SLICER)

NUMBERS = np.arange(16.0).reshape(4, 4)


def test_rows_and_columns_stay_in_their_places() -> None:
    np.testing.assert_array_equal(as_array(vtk_matrix(NUMBERS)), NUMBERS)


def test_a_method_that_fills_a_matrix_is_read_as_an_array() -> None:
    filled = filled_by(lambda matrix: matrix.DeepCopy(vtk_matrix(NUMBERS)))
    np.testing.assert_array_equal(filled, NUMBERS)


def test_the_array_is_a_copy() -> None:
    matrix = vtk_matrix(NUMBERS)
    array = as_array(matrix)
    matrix.SetElement(0, 0, 99.0)
    assert array[0, 0] == 0.0
