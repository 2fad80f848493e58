"""Ready-made runs: what a preset says, a file and ``--set`` may overrule."""

from __future__ import annotations

from typing import Any

# bowang-lab/MedSAM and its paper: AdamW at 1e-4, weight decay 0.01 on every weight, no schedule, Dice plus
# cross-entropy at 1024 x 1024, one label per slice, box widened by 0 to 20 pixels of 1024, prompt encoder
# frozen, no augmentation, 150 epochs of 160 slices at a time (20 devices with 8), last weights kept.
_MEDSAM = {
    "strategy": {"components": "encoder+decoder", "method": "vanilla", "preset": "medsam"},
    "data": {"objects": "label", "prompts_per_image": 1, "augment": False, "float_resize": True},
    "prompts": {"box": 1.0, "jitter": "pixels", "inward": 0.0, "outward": 20.0},
    "loss": {"name": "DiceCELoss", "options": {"squared_pred": True}, "at": "input"},
    "optimiser": {
        "rate": 1e-4,
        "decay": 0.01,
        "decay_everything": True,
        "warmup_steps": 0,
        "schedule": "constant",
        "clip": None,
        "average": 0.0,
    },
    "loop": {"epochs": 150, "batch": 8, "patience": None},
}

PRESETS: dict[str, dict[str, Any]] = {
    "medsam": _MEDSAM,
    "decoder-only": {
        "strategy": {"components": "decoder", "method": "vanilla"},
        "data": {"augment": False, "cache_embeddings": "always"},
        "optimiser": {"rate": 3e-4, "average": 0.99},
        "loop": {"batch": 16},
    },
    # finetune-SAM: 1e-3, decay 0.1, warm-up then polynomial 0.9, rank 4, scale 1, encoder and decoder
    "lora": {
        "strategy": {"components": "encoder+decoder", "method": "lora", "rank": 4, "scale": 1.0},
        "optimiser": {"rate": 1e-3, "decay": 0.1, "schedule": "polynomial"},
    },
    "adapter": {
        "strategy": {"components": "encoder+decoder", "method": "adapter", "blocks": "ends"},
        "optimiser": {"rate": 1e-3, "decay": 0.1, "schedule": "polynomial"},
    },
    "full": {
        "strategy": {"components": "encoder+decoder", "method": "vanilla"},
        "optimiser": {"rate": 1e-4, "average": 0.99},
    },
    # adapters in encoder and decoder were best from five exemplars (facts of finetune-SAM's few-shot study)
    "few-shot": {
        "strategy": {"components": "encoder+decoder", "method": "adapter", "blocks": "ends"},
        "data": {"shots": 10, "augment": True},
        "optimiser": {"rate": 1e-3, "decay": 0.1, "warmup_steps": 20, "average": 0.98},
        "loop": {"epochs": 40, "steps_per_epoch": 25, "batch": 2, "patience": 10},
    },
}
"""The rows by name; what one does not say is `FitConfig`'s default."""
