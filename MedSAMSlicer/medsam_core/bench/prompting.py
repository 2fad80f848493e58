"""From a prompt to its mask, and from a slice to the network's input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import skimage.transform

from medsam_core.bench.phantom import phantom_boxes, phantom_slice
from medsam_core.bench.subjects import Subject
from medsam_core.bench.timing import median, percentile_ms, repeat, take_turns
from medsam_core.inference.load import load_model
from medsam_core.inference.predictor import Predictor
from medsam_core.inference.preprocess import prepare_image
from medsam_core.inference.presets import PRESETS

Row = dict[str, Any]


def measure_prompts(subject: Subject, precision: str, boxes_at_once: Sequence[int], times: int) -> list[Row]:
    """Time `Predictor.predict` on an embedded 512 x 512 slice, masks at full size included.

    Args:
        subject: placed where this machine runs it by default.
        precision: as in `load_model`.
        boxes_at_once: one row for each.
        times: repeats with one box; fewer with more, at least three.
    """
    model = load_model(subject.checkpoint, "auto", precision, preset=subject.preset)
    predictor = Predictor(model)
    embedding = predictor.embed(phantom_slice())
    rows = []
    for count in boxes_at_once:
        boxes = phantom_boxes(count)
        seconds = repeat(lambda b=boxes: predictor.predict(embedding, b), max(3, times // count))
        rows.append(
            {
                "model": subject.model,
                "device": model.placement.device,
                "backend": model.placement.backend,
                "precision": model.placement.precision,
                "boxes": count,
                "p50_ms": percentile_ms(seconds, 50),
                "p95_ms": percentile_ms(seconds, 95),
                "times": len(seconds),
            }
        )
    return rows


def measure_slice_to_input(rounds: int) -> Row:
    """Time our preparation of a slice for MedSAM against the published call, taking turns."""
    picture = phantom_slice()
    ours, published = prepare_image(picture, PRESETS["medsam"]), _published(picture)
    seconds = take_turns(
        {
            "ours": lambda: prepare_image(picture, PRESETS["medsam"]),
            "published": lambda: _published(picture),
        },
        rounds,
    )
    return {
        "preset": "medsam",
        "reference": "skimage.transform.resize of the three-channel slice, as published",
        "seconds": median(seconds["ours"]),
        "reference_seconds": median(seconds["published"]),
        "ratio": round(median(seconds["published"]) / max(median(seconds["ours"]), 1e-9), 1),
        "largest_difference": float(np.abs(ours - published).max()),
    }


def _published(picture: np.ndarray) -> np.ndarray:
    colour = np.repeat(picture[:, :, None], 3, axis=-1)
    resized = skimage.transform.resize(
        colour, (1024, 1024), order=3, preserve_range=True, anti_aliasing=True
    ).astype(np.uint8)
    low, high = resized.min(), resized.max()
    scaled = (resized - low) / np.clip(high - low, a_min=1e-8, a_max=None)
    return scaled.astype(np.float32).transpose(2, 0, 1)
