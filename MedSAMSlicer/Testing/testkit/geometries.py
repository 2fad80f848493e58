"""Grids of every kind, for laws that hold wherever a volume lies."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st

from medsam_core.geometry import Geometry

_FLIPS_AND_PERMUTATIONS = [
    np.eye(3)[list(order)] * signs
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


@st.composite
def geometries(draw: st.DrawFn, *, sheared: bool = False, largest: int = 6) -> Geometry:
    """Any rotation, flip, permutation, anisotropic spacing and origin; any shear too if asked."""
    size = tuple(draw(st.integers(1, largest)) for _ in range(3))
    spacing = [draw(st.floats(0.2, 8.0)) for _ in range(3)]
    origin = [draw(st.floats(-500, 500)) for _ in range(3)]
    axes = draw(st.sampled_from(_FLIPS_AND_PERMUTATIONS)) @ _rotation(draw(st.integers(0, 10_000)))
    if sheared:
        shear = np.eye(3)
        shear[np.triu_indices(3, 1)] = [draw(st.floats(-0.6, 0.6)) for _ in range(3)]
        axes = axes @ shear
    matrix = np.eye(4)
    matrix[:3, :3] = axes * spacing
    matrix[:3, 3] = origin
    return Geometry(size, matrix)


def an_oblique_geometry(size_ijk: tuple[int, int, int] = (6, 5, 4)) -> Geometry:
    """A turned, flipped, anisotropic grid."""
    matrix = np.eye(4)
    matrix[:3, :3] = _rotation(7) * (-0.7, 0.9, 2.5)
    matrix[:3, 3] = 12.5, -40.0, 7.25
    return Geometry(size_ijk, matrix)


def a_sheared_geometry(size_ijk: tuple[int, int, int] = (6, 5, 4)) -> Geometry:
    """The oblique grid with slices that are shifted against each other, as under a tilted gantry."""
    matrix = an_oblique_geometry().ijk_to_ras.copy()
    matrix[:3, 2] += 0.8 * matrix[:3, 1]
    return Geometry(size_ijk, matrix)


def _rotation(seed: int) -> np.ndarray:
    """An evenly drawn rotation (QR of a normal matrix)."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))
