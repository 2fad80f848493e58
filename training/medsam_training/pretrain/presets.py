"""Ready-made pretrainings: what a preset says, a file and ``--set`` may overrule."""

from __future__ import annotations

from typing import Any

_ADAMW = {"decay": 0.05, "schedule": "cosine", "warmup_steps": 200, "clip": 5.0}

PRESETS: dict[str, dict[str, Any]] = {
    # Xie et al., "SimMIM: a simple framework for masked image modeling", CVPR 2022: squares of 32 pixels,
    # 60 % of them, a linear head, mean absolute error of the pixels
    "simmim": {
        "masking": {"patch": 32, "ratio": 0.6, "loss": "l1", "target": "pixels"},
        "optimiser": {"rate": 4e-4, **_ADAMW},
    },
    # He et al., "Masked autoencoders are scalable vision learners", CVPR 2022: squares of 16 pixels, 75 % of
    # them, squared error of pixels normalised within each square. The encoder is shown mask tokens all the
    # same: windows and convolutions need the whole grid.
    "mae": {
        "masking": {"patch": 16, "ratio": 0.75, "loss": "l2", "target": "patches"},
        "optimiser": {"rate": 1.5e-4, **_ADAMW},
    },
}
"""The rows by name; what one does not say is `PretrainConfig`'s default."""
