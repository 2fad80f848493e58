"""Where an entry goes on another volume."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

import medsam_core as medsam
from medsam_core.errors import OptionError, PromptError
from medsam_core.journal_entry import JournalEntry
from medsam_core.journal_move import moved
from medsam_core.mask_prompt import MaskPrompt
from testkit.geometries import geometries
from testkit.journals import A_MODEL, LEFT, PLACE, a_tilted_grid, an_entry, two_balls

VOLUME = two_balls()
TILTED, MIDDLE = a_tilted_grid(VOLUME)


def turned(degrees: float, axis: int = 0) -> np.ndarray:
    """A registration: a turn about R, A or S through the middle of the volume."""
    first, second = [n for n in range(3) if n != axis]
    turn = np.eye(4)
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn[np.ix_((first, second), (first, second))] = [[c, -s], [s, c]]
    centre = VOLUME.geometry.from_ijk((39.5, 31.5, 5.5), "ras")
    turn[:3, 3] = centre - turn[:3, :3] @ centre
    return turn


@settings(max_examples=60, deadline=None)
@given(geometries(sheared=True, largest=30), geometries())
def test_on_the_same_geometry_and_under_any_common_move_nothing_changes(
    geometry: medsam.Geometry, other: medsam.Geometry
) -> None:
    mask = MaskPrompt.of(0, np.random.default_rng(0).random(geometry.size_ijk[1::-1]) > 0.5)
    point = medsam.Point(tuple(n - 1 for n in geometry.size_ijk))
    entry = JournalEntry(medsam.SegmentPrompt("a", 1, points=(point,), masks=(mask,)), geometry, A_MODEL)
    assert moved(entry, geometry).prompt == entry.prompt
    move = other.ijk_to_ras.copy()
    move[:3, :3] /= np.linalg.norm(move[:3, :3], axis=0)
    there = medsam.Geometry(geometry.size_ijk, move @ geometry.ijk_to_ras)
    again = moved(entry, there, move)
    assert again.prompt == entry.prompt
    assert again.grid is None


def test_slices_that_lie_nearly_alike_are_used_and_others_are_cut_anew() -> None:
    entry = an_entry()
    for degrees, axis in ((6, 0), (-8, 1), (9, 2)):
        assert moved(entry, VOLUME.geometry, turned(degrees, axis)).grid is None
    for signs in ((-1, 1, 1, 1), (1, -1, -1, 1), (-1, -1, -1, 1)):
        flip = np.diag(np.array(signs, float))
        flip[:3, 3] = [0 if sign > 0 else n - 1 for sign, n in zip(signs, (80, 64, 12), strict=False)]
        flipped = medsam.Geometry((80, 64, 12), PLACE @ flip)
        assert moved(entry, flipped).grid is None
    for degrees, axis in ((14, 0), (90, 1), (30, 2), (90, 2)):
        there = moved(entry, VOLUME.geometry, turned(degrees, axis))
        assert there.grid is not None
        assert there.prompt == entry.prompt
        ras = VOLUME.geometry.from_ijk(there.grid.to_ijk(LEFT.min_ijk), "ras")
        expected = turned(degrees, axis)[:3] @ (*VOLUME.geometry.from_ijk(LEFT.min_ijk, "ras"), 1)
        np.testing.assert_allclose(ras, expected, atol=1e-9)


def test_slices_of_their_own_go_along_as_they_are() -> None:
    entry = an_entry(
        medsam.SegmentPrompt("a", 1, (medsam.Box((20, 20, MIDDLE), (40, 40, MIDDLE)),)), grid=TILTED
    )
    registration = turned(33)
    finer = medsam.Geometry((160, 128, 24), registration @ PLACE @ np.diag([0.5, 0.5, 0.5, 1]))
    there = moved(entry, finer, registration)
    assert there.prompt == entry.prompt
    assert there.grid.size_xyn == TILTED.size_xyn
    place = TILTED.geometry(VOLUME.geometry)
    expected = registration @ place.ijk_to_ras
    np.testing.assert_allclose(there.grid.geometry(finer).ijk_to_ras, expected, atol=1e-9)
    assert moved(entry, VOLUME.geometry).grid is TILTED


def test_the_slice_around_which_a_correction_was_made_goes_along() -> None:
    entry = an_entry(options={"around": 6, "margin": 6}, propagation="anchors")
    fine = medsam.Geometry((80, 64, 36), PLACE @ np.diag([1, 1, 1 / 3, 1]))
    assert dict(moved(entry, fine).options) == {"around": 18, "margin": 6}
    assert dict(moved(entry, VOLUME.geometry).options) == {"around": 6, "margin": 6}


@pytest.mark.parametrize("grid", [None, TILTED], ids=["own slices", "tilted slices"])
def test_what_lies_wholly_outside_is_refused(grid: object) -> None:
    entry = an_entry(medsam.SegmentPrompt("a", 1, (medsam.Box((20, 20, 4), (40, 40, 4)),)), grid=grid)
    away = np.eye(4)
    away[:3, 3] = 0, 900, 0
    with pytest.raises(PromptError, match=r"'a'.* outside of the other volume; register the volumes"):
        moved(entry, VOLUME.geometry, away)


@pytest.mark.parametrize(
    "matrix", [np.zeros((4, 4)), np.eye(3), np.full((4, 4), np.nan), np.eye(4)[::-1], "x", None.__class__]
)
def test_a_registration_is_an_invertible_matrix(matrix: object) -> None:
    with pytest.raises(OptionError, match=r"registration: is no invertible \(4, 4\) matrix"):
        moved(an_entry(), VOLUME.geometry, matrix)  # type: ignore[arg-type]
