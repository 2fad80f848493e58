"""A small volume with two objects, and entries of a journal about them."""

from __future__ import annotations

import numpy as np

import medsam_core as medsam
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.slice_grid import SliceGrid

A_MODEL = ModelName("demo", "1" * 64, "2" * 64, "demo")
LEFT, RIGHT = medsam.Box((8, 16, 4), (36, 44, 8)), medsam.Box((34, 22, 4), (68, 46, 8))
PLACE = np.array([[-0.8, 0, 0.1, 30], [0, -0.8, 0, 20], [0.1, 0, 2.5, -10], [0, 0, 0, 1.0]])


def two_balls(ijk_to_ras: np.ndarray = PLACE) -> medsam.Volume:
    """80 x 64 x 12 voxels: a bright ball left and a dark one right on grey, with a little noise."""
    k, j, i = np.indices((12, 64, 80))
    values = np.full(k.shape, 100.0)
    values[(2.5 * (k - 6)) ** 2 + (j - 30) ** 2 + (i - 22) ** 2 < 14**2] = 200
    values[(2.5 * (k - 6)) ** 2 + (j - 34) ** 2 + (i - 52) ** 2 < 14**2] = 20
    grey = np.clip(values + np.random.default_rng(0).normal(0, 4, k.shape), 0, 255).astype(np.uint8)
    return medsam.Volume(grey, medsam.Geometry((80, 64, 12), ijk_to_ras), name="two balls")


def an_entry(prompt: medsam.SegmentPrompt | None = None, **changes: object) -> JournalEntry:
    """An entry about the left ball."""
    given = prompt or medsam.SegmentPrompt("left", 1, (LEFT,))
    return JournalEntry(given, medsam.Geometry((80, 64, 12), PLACE), A_MODEL, **changes)  # type: ignore[arg-type]


def a_tilted_grid(volume: medsam.Volume) -> tuple[SliceGrid, int]:
    """Slices tilted by 25 degrees about x, through the middle of the volume."""
    slope = np.deg2rad(25)
    turn = np.array([[1, 0, 0], [0, np.cos(slope), -np.sin(slope)], [0, np.sin(slope), np.cos(slope)]])
    plane = np.eye(4)
    plane[:3, :3] = volume.geometry.direction @ turn
    plane[:3, 3] = volume.geometry.from_ijk((39.5, 31.5, 6), "ras")
    return SliceGrid.oblique(volume.geometry, plane, pixel_mm=0.8, step_mm=2.0)


def box_on(grid: SliceGrid, corner_ijk: tuple, opposite_ijk: tuple, n: range) -> medsam.Box:
    """The box around two places of the volume, on some slices of a grid."""
    ends = np.round(grid.to_xyn([corner_ijk, opposite_ijk])).astype(int)[:, :2]
    low, high = ends.min(axis=0), np.minimum(ends.max(axis=0), np.array(grid.size_xyn[:2]) - 1)
    return medsam.Box((*np.maximum(low, 0).tolist(), n[0]), (*high.tolist(), n[-1]))
