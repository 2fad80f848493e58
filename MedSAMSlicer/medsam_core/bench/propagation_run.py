"""One strategy on one object of known truth, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from medsam_core.bench.truth_objects import TruthObject
from medsam_core.metrics import dice
from medsam_core.prompts import SegmentPrompt
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.strategies import make_strategy
from medsam_core.propagation.strategy import Step
from medsam_core.surface_dice import surface_dice

ANCHORS_EVERY = 5

RUNS = (
    ("roi", "3D box"),
    ("track", "3D box"),
    ("consensus", "3D box"),
    ("track", "2D box"),
    ("consensus", "2D box"),
    ("anchors", "boxes"),
)
"""Strategy and what it is given."""


@dataclass(frozen=True)
class Row:
    """What one strategy made of one object.

    Attributes:
        set_name, case, label, part: which object.
        strategy, prompt: of `RUNS`.
        dsc, nsd: Dice, and surface Dice at 2 mm, of the whole volume.
        seconds: of the run, encoding included.
        below, above: slices beyond (more than 0) or short of the truth's lowest and highest.
        neighbour: voxels in other parts of the same label, as a share of the object's.
        confidence, slice_dsc: of each slice given.
    """

    set_name: str
    case: str
    label: int
    part: int
    strategy: str
    prompt: str
    dsc: float
    nsd: float
    seconds: float
    below: int
    above: int
    neighbour: float
    confidence: tuple[float, ...]
    slice_dsc: tuple[float, ...]


def prompt_for(found: TruthObject, prompt: str) -> SegmentPrompt:
    """What a user would mark: "3D box", "2D box" (on the middle slice) or "boxes" (on every fifth slice)."""
    if prompt == "3D box":
        return found.box_3d
    if prompt == "2D box":
        return found.box_on_middle
    first, last = found.box.min_ijk[2], found.box.max_ijk[2]
    marked = sorted({*range(first, last + 1, ANCHORS_EVERY), last})
    return SegmentPrompt("object", 1, tuple(found.box_on(k) for k in marked))


def run_on(
    found: TruthObject,
    alike_kji: np.ndarray,
    strategy: str,
    prompt: str,
    slices: SlicePredictor,
    of: tuple[str, str],
) -> Row:
    """Run a strategy and compare with the truth.

    Args:
        found: the object.
        alike_kji: (k, j, i) bool: all parts of its label.
        strategy, prompt: of `RUNS`.
        slices: the model on the volume, or an oracle.
        of: set and case, for the row.
    """
    start = time.perf_counter()
    steps = list(make_strategy(strategy).run(prompt_for(found, prompt), slices))
    seconds = time.perf_counter() - start
    masks = {step.index: step for step in steps if isinstance(step, SliceMask)}
    result = _stacked(masks.values(), found.mask_kji.shape)
    spacing = slices.stack.volume.geometry.spacing_mm[::-1]
    filled = np.flatnonzero(result.any(axis=(1, 2))) if result.any() else np.array([found.middle])
    voxels = np.count_nonzero(found.mask_kji)
    return Row(
        *of,
        found.label,
        found.part,
        strategy,
        prompt,
        round(dice(result, found.mask_kji), 4),
        round(surface_dice(result, found.mask_kji, spacing), 4),
        round(seconds, 3),
        int(found.box.min_ijk[2] - filled[0]),
        int(filled[-1] - found.box.max_ijk[2]),
        round(np.count_nonzero(result & alike_kji & ~found.mask_kji) / voxels, 4),
        tuple(round(m.confidence, 4) for m in masks.values()),
        tuple(round(dice(m.mask_yx, found.mask_kji[k]), 4) for k, m in masks.items()),
    )


def _stacked(masks: Iterable[Step], shape_kji: tuple[int, ...]) -> np.ndarray:
    result = np.zeros(shape_kji, bool)
    for mask in masks:
        result[mask.index] = mask.mask_yx
    return result
