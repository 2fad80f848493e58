"""A registration as a matrix between two worlds."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import OptionError
from medsam_core.mrml.registration import registration_matrix
from testkit.mrml_nodes import a_new_scene, a_sheared_matrix, add_bending_transform, add_transform


def test_a_registration_is_its_matrix_through_its_parents() -> None:
    scene = a_new_scene()
    outer = add_transform(scene, np.diag([2.0, 2, 2, 1]))
    inner = add_transform(scene, a_sheared_matrix(), parent=outer)
    assert np.allclose(registration_matrix(inner), np.diag([2.0, 2, 2, 1]) @ a_sheared_matrix())


def test_a_bending_registration_is_refused() -> None:
    with pytest.raises(OptionError, match="transform 'bending': is not linear"):
        registration_matrix(add_bending_transform(a_new_scene()))
