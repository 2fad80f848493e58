"""Specialists of a few thousand weights, and runs of seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medsam_training.compare.specialist_config import SpecialistConfig
from medsam_training.fit.config_file import read_config_of

QUICK = (
    "network.width=8",
    "network.image_size=32",
    "loop.epochs=2",
    "loop.steps_per_epoch=2",
    "loop.batch=2",
    "loop.device=cpu",
    "loop.tensorboard=false",
    "loop.pictures=false",
    "optimiser.warmup_steps=1",
)


@pytest.fixture()
def a_training(shapes_set: Path, tmp_path: Path) -> Callable[..., SpecialistConfig]:
    """Makes the configuration of a specialist's run: a_training("unet", "loop.epochs=3", ...)."""

    def make(kind: str = "unet", *changes: str, **direct: Any) -> SpecialistConfig:
        direct.setdefault("out", str(tmp_path / "run"))
        direct.setdefault("data_set", str(shapes_set))
        return read_config_of(
            SpecialistConfig, changes=[*QUICK, f"network.kind={kind}", *changes], name=kind, **direct
        )

    return make
