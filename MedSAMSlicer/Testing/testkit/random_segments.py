"""Random segments on a small volume, and random blocks to write into them: for laws of every writer."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from testkit.mrml_nodes import a_new_scene, add_volume
from testkit.segments import edit

SHAPE = (6, 7, 8)
MODES = ("add", "replace", "erase")
LAWS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def a_writer_with_segments(seed: int = 0, overlapping: bool = True, **options: Any) -> EditorWriter:
    """A writer on a volume of random values, with three random segments."""
    random = np.random.default_rng(seed)
    scene = a_new_scene()
    register_segmentation_classes(scene)
    volume = add_volume(scene, random.integers(0, 100, SHAPE).astype(np.int16), name="CT")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segments")
    writer = EditorWriter(scene, node, volume, **options)
    editor = writer.editor_node
    editor.SetOverwriteMode(editor.OverwriteNone if overlapping else editor.OverwriteAllSegments)
    for name in ("liver", "kidney", "spleen"):
        writer.write([edit(writer.add_segment(name), random.random(SHAPE) > 0.6)])
    editor.SetOverwriteMode(editor.OverwriteAllSegments)
    return writer


def ids_of(writer: EditorWriter) -> list[str]:
    return [one.segment_id for one in writer.segments()]


def a_mask(seed: int, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).random(shape) > 0.5


@st.composite
def blocks(draw: st.DrawFn) -> tuple[tuple[int, int, int], np.ndarray]:
    """A block's first voxel, and a random mask."""
    start = tuple(draw(st.integers(0, n - 1)) for n in SHAPE)
    shape = tuple(draw(st.integers(1, n - s)) for n, s in zip(SHAPE, start, strict=True))
    return start, a_mask(draw(st.integers(0, 99)), shape)


def inside(start: tuple[int, ...], mask: np.ndarray) -> np.ndarray:
    """The whole volume's mask of a block: its voxels."""
    block = np.zeros(SHAPE, bool)
    block[tuple(slice(s, s + n) for s, n in zip(start, mask.shape, strict=True))] = True
    return block


def spread(start: tuple[int, ...], mask: np.ndarray) -> np.ndarray:
    """A block's mask on the whole volume."""
    full = np.zeros(SHAPE, bool)
    full[tuple(slice(s, s + n) for s, n in zip(start, mask.shape, strict=True))] = mask
    return full
