"""Entries of a journal on another volume."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from medsam_core.errors import OptionError, PromptError, VolumeError
from medsam_core.geometry import Geometry
from medsam_core.journal_entry import JournalEntry
from medsam_core.prompt_move import PromptMove
from medsam_core.prompts import SegmentPrompt
from medsam_core.slice_grid import SliceGrid

# Up to this angle the slices of the other volume are taken for the same ones; beyond, the slices that the
# prompts were given on are cut through it.
_SAME_PLANES = np.cos(np.deg2rad(10))
_SLICE_OPTION = "around"


def moved(entry: JournalEntry, geometry: Geometry, to_volume_ras: np.ndarray | None = None) -> JournalEntry:
    """An entry as it would have been made on another volume.

    Positions go through the patient: voxels of the first volume, RAS, the registration, RAS, voxels of the
    other. Prompts on the volume's own slices become prompts on the other's own slices if these lie nearly
    alike (flipped or of another spacing perhaps); otherwise, and in any orientation of their own, the slices
    themselves are moved along and the prompts stay as they are on them.

    Args:
        entry: as it was made.
        geometry: of the other volume.
        to_volume_ras: (4, 4) from RAS mm of the first volume to RAS mm of the other; None if they share it.

    Raises:
        PromptError: a prompt lies wholly outside of the other volume.
        OptionError: the registration is no invertible (4, 4) matrix.
    """
    if to_volume_ras is None and entry.geometry.agrees_with(geometry, tolerance_voxels=1e-4):
        return replace(entry, geometry=geometry)
    registration = np.eye(4) if to_volume_ras is None else _checked(to_volume_ras)
    ijk_to_ijk = geometry.ras_to_ijk @ registration @ entry.geometry.ijk_to_ras
    if entry.grid is None and _same_planes(entry.geometry, geometry, registration):
        return _on_own_slices(entry, geometry, PromptMove(ijk_to_ijk, geometry.size_ijk))
    grid = SliceGrid(entry.slices.size_xyn, ijk_to_ijk @ entry.slices.xyn_to_ijk)
    _check_reached(entry.prompt, grid, geometry)
    return replace(entry, geometry=geometry, grid=grid)


def _on_own_slices(entry: JournalEntry, geometry: Geometry, move: PromptMove) -> JournalEntry:
    options = dict(entry.options)
    around = options.get(_SLICE_OPTION)
    if isinstance(around, int):
        options[_SLICE_OPTION] = move.slice_of(around, _middle(entry.prompt, around))
    return replace(entry, prompt=move.segment(entry.prompt), geometry=geometry, options=options)


def _middle(prompt: SegmentPrompt, k: int) -> tuple[float, float]:
    """The middle of what is marked on a slice; of anything, if nothing is."""
    places = _places(prompt)
    here = [place for place in places if place[0][2] <= k <= place[1][2]] or places
    i, j = np.mean([(np.add(low, high) / 2)[:2] for low, high in here], axis=0).tolist()
    return i, j


def _places(prompt: SegmentPrompt) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Lowest and highest corner of every prompt."""
    places: list[tuple[tuple[float, ...], tuple[float, ...]]] = []
    places += [(box.min_ijk, box.max_ijk) for box in prompt.boxes]
    places += [(point.ijk, point.ijk) for point in prompt.points]
    for mask in prompt.masks:
        end = np.add(mask.corner_ij, np.maximum(mask.size_ij, 1)) - 1
        places.append(((*mask.corner_ij, mask.k), (*end.tolist(), mask.k)))
    return places


def _check_reached(prompt: SegmentPrompt, grid: SliceGrid, geometry: Geometry) -> None:
    last = np.array(geometry.size_ijk) - 0.5
    for low, high in _places(prompt):
        picks = itertools.product((False, True), repeat=3)
        corners = grid.to_ijk([np.where(pick, low, high) for pick in picks])
        if np.any(corners.max(axis=0) < -0.5) or np.any(corners.min(axis=0) > last):
            problem = "lies outside of the other volume"
            remedy = "register the volumes, or mark it anew"
            raise PromptError(f"segment '{prompt.name}'", problem, remedy)


def _same_planes(one: Geometry, other: Geometry, registration: np.ndarray) -> bool:
    """Whether slices, columns and rows of both lie along each other, in either direction."""
    axes = registration[:3, :3] @ one.ijk_to_ras[:3, :3]
    seen = np.abs(_frame(axes).T @ _frame(other.ijk_to_ras[:3, :3]))
    return bool(seen[2, 2] >= _SAME_PLANES and seen[:2, :2].max(axis=1).min() >= _SAME_PLANES)


def _frame(axes: np.ndarray) -> np.ndarray:
    """(3, 3) columns: unit vectors of i, j and the normal of the slices."""
    frame = np.column_stack([axes[:, 0], axes[:, 1], np.cross(axes[:, 0], axes[:, 1])])
    return frame / np.linalg.norm(frame, axis=0)


def _checked(matrix: object) -> np.ndarray:
    try:
        return Geometry((1, 1, 1), np.asarray(matrix, dtype=np.float64)).ijk_to_ras
    except (VolumeError, ValueError, TypeError) as error:
        problem = "is no invertible (4, 4) matrix"
        raise OptionError("registration", problem, "give RAS to RAS in mm, last row 0 0 0 1") from error
