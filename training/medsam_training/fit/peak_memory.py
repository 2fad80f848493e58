"""How much memory a run has needed."""

from __future__ import annotations

import torch

from medsam_core.bench.machine import peak_rss_mb


def peak_memory_mb(device: torch.device) -> float | None:
    """Most that this process has held at once: of a CUDA device, else of the machine; None if unknown.

    The machine's includes what the interpreter and its libraries take.
    """
    if device.type == "cuda":
        return round(torch.cuda.max_memory_allocated(device) / 1e6, 1)
    return peak_rss_mb()
