"""A volume at work in the viewer, on a real scene."""

from __future__ import annotations

from typing import Any

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.volume import Volume
from testkit.mrml_nodes import a_new_scene

SHAPE = (10, 20, 30)
"""(k, j, i) of its voxels."""


def an_opened_volume(*names: str, shape: tuple[int, int, int] = SHAPE) -> Any:
    """(k, j, i) voxels of 2 x 2 x 2.5 mm (0.01 ml), with empty segments of these names."""
    from medsam_core.mrml.segmentation_classes import register_segmentation_classes
    from medsam_viewer.open_volume import OpenVolume

    scene = a_new_scene()
    register_segmentation_classes(scene)
    geometry = Geometry(shape[::-1], np.diag([2.0, -2.0, 2.5, 1.0]))
    opened = OpenVolume.open(scene, Volume(np.zeros(shape, np.int16), geometry, name="image"))
    for name in names:
        opened.writer.add_segment(name)
    return opened


def a_block(k: int, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """(k, j, i) bool: 100 voxels of a slice."""
    mask = np.zeros(shape, bool)
    mask[k, 2:12, 5:15] = True
    return mask
