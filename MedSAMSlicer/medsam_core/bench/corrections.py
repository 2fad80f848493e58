"""What a correction costs against making an object anew: a program.

    python -m medsam_core.bench.corrections [--json FILE] [--model NAME] [--side N] [--slices N]

An object on 100 slices of 512 x 512 pixels has a box every ten slices. Ten slices, each halfway between two
boxes, are then corrected one after the other by drawing the true outline. The full run is timed in the same
process: with nothing encoded yet, and with everything encoded, as the corrections find it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from medsam_core.atomic_file import atomic_output, check_output
from medsam_core.bench.machine import describe_machine
from medsam_core.geometry import Geometry
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.inference.load import load_model
from medsam_core.inference.predictor import Predictor
from medsam_core.intensity import choose_window
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.propagation.anchors import AnchorsPropagation
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.volume import Volume

Row = dict[str, Any]
Masks = dict[int, SliceMask]
T = TypeVar("T")

EVERY = 10
CORRECTIONS = 10


def measure_corrections(model: str = "demo", side: int = 512, count: int = 100) -> Row:
    """Time a full run, then the corrections, each making only its spans.

    Args:
        model: name or path.
        side: rows and columns of a slice.
        count: slices of the object.

    Returns:
        Seconds and slices of the full runs and of each correction, and whether what the corrections made
        equals a full run with all of them.
    """
    truth = wandering_object(side, count)
    stack, predictor, segment = _stack(truth), Predictor(load_model(model)), _boxes(truth)
    predictor.embed(stack.image(0))  # what a model does once and never again is not counted
    slices = SlicePredictor(stack, predictor, EmbeddingCache())
    cold, masks = _timed(lambda: _run(segment, slices))
    encoded = slices.timings.encoded_slices
    warm, _ = _timed(lambda: _run(segment, slices))
    rows = []
    for index in range(EVERY // 2, count, EVERY)[:CORRECTIONS]:
        segment = replace(segment, masks=(*segment.masks, MaskPrompt.of(index, truth[index])))
        seconds, made = _timed(lambda s=segment, k=index: _run(s, slices, around=k))
        masks |= made
        rows.append({"slice": index, "seconds": round(seconds, 4), "slices": len(made)})
    return {
        "machine": describe_machine(),
        "model": model,
        "size_ijk": [side, side, count],
        "full": {"seconds": round(cold, 3), "slices": count, "encoded_slices": encoded},
        "full_encoded": {"seconds": round(warm, 3), "slices": count},
        "corrections": rows,
        "equals_a_full_run": _equal(masks, _run(segment, slices)),
    }


def wandering_object(side: int, count: int) -> np.ndarray:
    """(count, side, side) bool: an ellipse that wanders across the slices and swells."""
    y, x = np.ogrid[:side, :side]
    way = np.linspace(0, 1, count)[:, None, None]
    x0, y0 = side * (0.3 + 0.3 * way), side * (0.5 + 0.06 * np.sin(6 * way))
    across, down = side * (0.09 + 0.08 * way), side * (0.15 - 0.04 * way)
    return ((x - x0) / across) ** 2 + ((y - y0) / down) ** 2 <= 1


def corrections_table(figures: Row) -> str:
    """The figures as a Markdown table."""
    rows, full, warm = figures["corrections"], figures["full"], figures["full_encoded"]
    seconds, slices = [r["seconds"] for r in rows], [r["slices"] for r in rows]
    lines = [
        "| run | seconds | slices made |",
        "|---|---|---|",
        f"| full, nothing encoded | {full['seconds']:.2f} | {full['slices']} |",
        f"| full, all encoded | {warm['seconds']:.2f} | {warm['slices']} |",
        f"| one correction, median of {len(rows)} | {statistics.median(seconds):.3f} "
        f"| {statistics.median(slices):.0f} |",
        f"| all {len(rows)} corrections | {sum(seconds):.2f} | {sum(slices)} |",
    ]
    same = "equal" if figures["equals_a_full_run"] else "DIFFER FROM"
    return "\n".join([*lines, "", f"The corrected slices put into the full run {same} a run made anew."])


def _stack(truth_kji: np.ndarray) -> SliceStack:
    noise = np.random.default_rng(0).integers(0, 40, truth_kji.shape, dtype=np.uint8)
    grey = noise + 60 + 80 * truth_kji.astype(np.uint8)
    count, height, width = truth_kji.shape
    volume = Volume(grey, Geometry((width, height, count), np.eye(4)))
    return SliceStack(volume, choose_window(volume, "none"))


def _boxes(truth_kji: np.ndarray) -> SegmentPrompt:
    boxes = []
    for k in sorted({*range(0, len(truth_kji), EVERY), len(truth_kji) - 1}):
        rows, columns = np.nonzero(truth_kji[k])
        low, high = (columns.min(), rows.min()), (columns.max(), rows.max())
        boxes.append(Box((*map(int, low), k), (*map(int, high), k)))
    return SegmentPrompt("object", 1, tuple(boxes))


def _run(segment: SegmentPrompt, slices: SlicePredictor, around: int | None = None) -> Masks:
    steps = AnchorsPropagation(around).run(segment, slices)
    return {step.index: step for step in steps if isinstance(step, SliceMask)}


def _timed(run: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


def _equal(some: Masks, others: Masks) -> bool:
    return sorted(some) == sorted(others) and all(
        np.array_equal(mask.mask_yx, others[k].mask_yx)
        and np.array_equal(mask.probability_yx, others[k].probability_yx)
        and mask.confidence == others[k].confidence
        for k, mask in some.items()
    )


def main() -> None:
    """Measure, print the table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--slices", type=int, default=100)
    given = parser.parse_args()
    if given.json:
        check_output(given.json, overwrite=True)
    figures = measure_corrections(given.model, given.side, given.slices)
    if given.json:
        with atomic_output(given.json, overwrite=True) as temporary:
            temporary.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(corrections_table(figures))


if __name__ == "__main__":
    main()
