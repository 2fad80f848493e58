"""A whole volume in a process of its own, so that its memory is its own: a program.

    python -m medsam_core.bench.volume_run CHECKPOINT PRESET SIDE SLICES DEVICE [OBJECTS [PROPAGATION]]

prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from medsam_core.bench.machine import peak_rss_mb
from medsam_core.bench.phantom import phantom_boxes, phantom_volume
from medsam_core.inference.load import load_model
from medsam_core.prompts import Box, Prompts
from medsam_core.segment import segment_volume


def measure_volume(
    checkpoint: str,
    preset: str | None,
    side: int,
    slices: int,
    device: str,
    objects: int = 1,
    propagation: str = "roi",
) -> dict[str, Any]:
    """Segment organs on every slice of a phantom; say how long a slice took and the peak of memory."""
    start = time.perf_counter()
    model = load_model(checkpoint, device, preset=preset)
    loaded = time.perf_counter()
    volume = phantom_volume(side, slices)
    corners = phantom_boxes(objects, side).astype(int).tolist()
    boxes = [Box((x0, y0, 0), (x1, y1, slices - 1)) for x0, y0, x1, y1 in corners]
    before = peak_rss_mb()
    begun = time.perf_counter()
    result = segment_volume(volume, Prompts.from_boxes(boxes), model, propagation=propagation)
    ended = time.perf_counter()
    return {
        "size_ijk": [side, side, slices],
        "objects": objects,
        "propagation": propagation,
        "device": model.placement.device,
        "backend": model.placement.backend,
        "precision": model.placement.precision,
        "load_seconds": round(loaded - start, 2),
        "seconds": round(ended - begun, 2),
        "seconds_per_slice": round((ended - begun) / slices, 4),
        "encode_seconds": round(result.seconds["encode"], 2),
        "decode_seconds": round(result.seconds["decode"], 2),
        "encoded_slices": result.encoded_slices,
        "rss_before_mb": before,
        "peak_rss_mb": peak_rss_mb(),
        "notes": list(result.notes),
    }


def main() -> None:
    """Measure what the command line says."""
    checkpoint, preset, side, slices, device, *more = sys.argv[1:]
    objects, propagation = (*more, "1", "roi")[:2] if len(more) < 2 else more
    found = measure_volume(
        checkpoint, preset or None, int(side), int(slices), device, int(objects), propagation
    )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
