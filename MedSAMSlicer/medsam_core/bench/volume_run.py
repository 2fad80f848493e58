"""A whole volume in a process of its own, so that its memory is its own: a program.

    python -m medsam_core.bench.volume_run CHECKPOINT PRESET SIDE SLICES DEVICE

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
    checkpoint: str, preset: str | None, side: int, slices: int, device: str
) -> dict[str, Any]:
    """Segment an organ on every slice of a phantom; say how long a slice took and the peak of memory."""
    start = time.perf_counter()
    model = load_model(checkpoint, device, preset=preset)
    loaded = time.perf_counter()
    volume = phantom_volume(side, slices)
    x0, y0, x1, y1 = (int(value) for value in phantom_boxes(1, side)[0])
    prompts = Prompts.from_boxes([Box((x0, y0, 0), (x1, y1, slices - 1))])
    begun = time.perf_counter()
    result = segment_volume(volume, prompts, model)
    ended = time.perf_counter()
    return {
        "size_ijk": [side, side, slices],
        "device": model.placement.device,
        "backend": model.placement.backend,
        "precision": model.placement.precision,
        "load_seconds": round(loaded - start, 2),
        "seconds": round(ended - begun, 2),
        "seconds_per_slice": round((ended - begun) / slices, 4),
        "encode_seconds": round(result.seconds["encode"], 2),
        "decode_seconds": round(result.seconds["decode"], 2),
        "peak_rss_mb": peak_rss_mb(),
        "notes": list(result.notes),
    }


def main() -> None:
    """Measure what the command line says."""
    checkpoint, preset, side, slices, device = sys.argv[1:]
    found = measure_volume(checkpoint, preset or None, int(side), int(slices), device)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
