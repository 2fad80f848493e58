"""Pretrainings of seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medsam_training.fit.config_file import read_config_of
from medsam_training.pretrain.config import PretrainConfig
from medsam_training.pretrain.presets import PRESETS


@pytest.fixture()
def a_pretraining(shapes_set: Path, starts: dict[str, Path], tmp_path: Path) -> Callable[..., PretrainConfig]:
    """Makes a configuration: a_pretraining("vit_b", "loop.epochs=3", ...)."""

    def make(backbone: str = "vit_b", *changes: str, **direct: Any) -> PretrainConfig:
        quick = ["loop.epochs=2", "loop.steps_per_epoch=1", "loop.batch=2", "loop.device=cpu"]
        quick += ["loop.tensorboard=false", "loop.pictures=false", "masking.patch=16"]
        quick += [f"encoder.start={starts[backbone]}"]
        direct.setdefault("out", str(tmp_path / "run"))
        direct.setdefault("data_set", str(shapes_set))
        return read_config_of(PretrainConfig, changes=[*quick, *changes], presets=PRESETS, **direct)

    return make
