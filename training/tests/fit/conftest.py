"""Starting checkpoints of a few thousand weights, and runs of seconds from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from medsam_core.checkpoints.own import OwnHeader, write_own
from medsam_core.models.architecture import Architecture, TinyViTSpec
from medsam_core.models.demo import demo_architecture
from medsam_core.models.demo_config import DemoConfig
from medsam_core.models.registry import build_network
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_config
from testkit.tiny_models import a_tiny_architecture

SMALL_DEMO = DemoConfig(
    image_size=64,
    low_resolution=64,
    fine_width=8,
    middle_width=8,
    coarse_width=16,
    stage_blocks=(1, 1),
    trunk_width=16,
    trunk_depth=2,
    trunk_heads=2,
    region_size=16,
    region_widths=(8, 8, 16),
    region_depth=1,
    region_heads=2,
)
ARCHITECTURES: dict[str, Architecture] = {
    "vit_b": a_tiny_architecture(),
    "vit_h": a_tiny_architecture(embed_dim=40, depth=4, global_attn_indexes=(1, 3)),
    "vit_t": Architecture(
        name="small",
        family="tiny_vit",
        image_size=64,
        out_chans=32,
        tiny_vit=TinyViTSpec(
            embed_dims=(8, 16, 16, 32),
            depths=(1, 1, 2, 1),
            num_heads=(1, 2, 2, 2),
            window_sizes=(4, 4, 8, 4),
            patch_stride=4,
        ),
    ),
    "demo": demo_architecture(SMALL_DEMO),
}
PRESETS = {"vit_b": "medsam", "vit_h": "sam", "vit_t": "litemedsam", "demo": "demo"}


@pytest.fixture(scope="session")
def starts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkpoint for each backbone, at reduced size, of random weights."""
    folder = tmp_path_factory.mktemp("starts")
    paths = {}
    for name, architecture in ARCHITECTURES.items():
        torch.manual_seed(1)
        header = OwnHeader(name=name, architecture=architecture, preset=PRESETS[name])
        paths[name] = write_own(build_network(architecture), folder / f"{name}.safetensors", header)
    return paths


@pytest.fixture()
def a_run(shapes_set: Path, starts: dict[str, Path], tmp_path: Path) -> Callable[..., FitConfig]:
    """Makes the configuration of a run of seconds: a_run("vit_b", "loop.epochs=3", ...)."""

    def make(backbone: str = "vit_b", *changes: str, **direct: Any) -> FitConfig:
        quick = ["loop.epochs=2", "loop.steps_per_epoch=1", "loop.batch=2", "loop.device=cpu"]
        quick += [
            "loop.tensorboard=false",
            "loop.pictures=false",
            "data.augment=false",
            f"strategy.start={starts[backbone]}",
        ]
        direct.setdefault("out", str(tmp_path / "run"))
        return read_config(changes=[*quick, *changes], data_set=str(shapes_set), **direct)

    return make
