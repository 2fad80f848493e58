"""Scenes and nodes of Slicer's real core; these tests skip where it is not installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import (
    a_new_scene,
    a_sheared_matrix,
    add_bending_transform,
    add_transform,
    add_volume,
    add_volume_on,
)

Node = Any


@pytest.fixture
def a_scene() -> Any:
    """An empty scene."""
    return a_new_scene()


@pytest.fixture
def a_volume_node(a_scene: Any) -> Node:
    """A grey volume of 8 x 7 x 6 voxels along the patient's axes, all values different."""
    array = np.arange(8 * 7 * 6, dtype=np.int16).reshape(6, 7, 8)
    return add_volume(a_scene, array, np.diag([1.0, 1.0, 2.0, 1.0]), "CT")


@pytest.fixture
def an_oblique_volume_node(a_scene: Any) -> Node:
    """A turned, flipped, anisotropic volume of 6 x 5 x 4 voxels."""
    return add_volume_on(a_scene, an_oblique_geometry(), "oblique")


@pytest.fixture
def a_sheared_transform(a_scene: Any) -> Node:
    """A linear transform node that turns, stretches, shears, flips and moves."""
    return add_transform(a_scene, a_sheared_matrix(), "sheared")


@pytest.fixture
def a_bending_transform(a_scene: Any) -> Node:
    """A transform node that is not linear."""
    return add_bending_transform(a_scene)
