"""A tiny data folder in the manifest's form, a tiny prepared set, and starting checkpoints."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from skimage import io

from medsam_core.checkpoints.own import OwnHeader, write_own
from medsam_core.models.architecture import Architecture, TinyViTSpec
from medsam_core.models.demo import demo_architecture
from medsam_core.models.demo_config import DemoConfig
from medsam_core.models.registry import build_network
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_config
from medsam_training.prepared_set.array_file import write_slices
from medsam_training.prepared_set.manifest_file import VERSION, Manifest, write_manifest
from medsam_training.prepared_set.prepared_case import PreparedCase
from testkit.tiny_models import a_tiny_architecture


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real images with truth; tests that need it skip where it is absent."""
    root = Path(os.environ.get("MEDSAM_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    if not (root / "manifest.json").is_file():
        pytest.skip(f"real images are not here ({root}); set MEDSAM_DATA to their folder")
    return root


def _picture(folder: Path, name: str, colour: bool) -> dict:
    y, x = np.mgrid[:90, :120]
    disc = (x - 60) ** 2 + (y - 40) ** 2 < 25**2
    image = np.where(disc, 200, 60).astype(np.uint8)
    image = np.stack([image, image // 2, image], -1) if colour else image
    io.imsave(folder / f"{name}.png", image, check_contrast=False)
    io.imsave(folder / f"{name}_mask.png", disc.astype(np.uint8), check_contrast=False)
    return {"case": name, "image": f"{name}.png", "mask": f"{name}_mask.png", "modality": "photograph"}


def _volume(folder: Path, name: str, modality: str) -> dict:
    k, j, i = np.mgrid[:6, :40, :30]
    ball = (k - 3) ** 2 * 9 + (j - 20) ** 2 + (i - 15) ** 2 < 100
    for suffix, array in (("", np.where(ball, 300, 20).astype(np.int16)), ("_mask", ball.astype(np.uint8))):
        image = sitk.GetImageFromArray(array)
        image.SetSpacing((1.0, 1.0, 1.2))
        sitk.WriteImage(image, str(folder / f"{name}{suffix}.nii.gz"))
    return {"case": name, "image": f"{name}.nii.gz", "mask": f"{name}_mask.nii.gz", "modality": modality}


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Discs in pictures, balls in volumes, and a set that may not be learned from."""
    folder = tmp_path_factory.mktemp("data")
    rows = [
        {"set": "discs", "split": "train", **_picture(folder, "a", True)},
        {"set": "discs", "split": "test", **_picture(folder, "b", False)},
        {"set": "forbidden", "split": "train", **_picture(folder, "c", False)},
        {"set": "volume", "split": "train", **_volume(folder, "v", "MR (T1)")},
        {"set": "volume", "split": "test", **_volume(folder, "w", "CT")},
    ]
    group = {"may_train_shipped_weights": True, "truth_is_manual": True, "labels": {"1": "disc"}}
    sets = dict.fromkeys(("discs", "volume"), group)
    sets["forbidden"] = group | {"may_train_shipped_weights": False}
    (folder / "manifest.json").write_text(json.dumps({"sets": sets, "items": rows}))
    return folder


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


@pytest.fixture(scope="session")
def shapes_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six training cases, two of validation, two of test: discs (1) and bars (2), unequally bright."""
    folder = tmp_path_factory.mktemp("shapes")
    (folder / "arrays").mkdir()
    splits = ["train"] * 6 + ["val"] * 2 + ["test"] * 2
    cases = [_prepared_case(folder, number, split) for number, split in enumerate(splits)]
    write_manifest(folder, Manifest(VERSION, {}, tuple(cases)))
    return folder


def _prepared_case(folder: Path, number: int, split: str) -> PreparedCase:
    rng = np.random.default_rng(number)
    count, height, width = 3, 40, 52
    labels = np.stack([_shapes_slice(rng, height, width) for _ in range(count)])
    noise = rng.integers(0, 30, labels.shape)
    images = (np.array([50, 200, 120])[labels] + noise).astype(np.uint8)
    names = (f"arrays/{number}.image.npy", f"arrays/{number}.labels.npy")
    for name, array in zip(names, (images, labels), strict=True):
        write_slices(folder / name, array, array.shape, array.dtype)
    return PreparedCase(
        id=f"shapes/{number}",
        set_name="shapes",
        group=str(number),
        split=split,
        modality="US" if split == "test" else "MR",
        shape_kji=(count, height, width),
        channels=1,
        spacing_mm=(1.0, 1.0, 2.0),
        direction=(1, 0, 0, 0, 1, 0, 0, 0, 1),
        labels={1: "disc", 2: "bar"},
        instances=False,
        may_train=True,
        slice_numbers=tuple(range(count)),
        slice_labels=((1, 2),) * count,
        image_file=names[0],
        labels_file=names[1],
        window={"name": "none"},
        sources={},
        content=str(number),
    )


def _shapes_slice(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    labels = np.zeros((height, width), np.uint8)
    top, left = rng.integers(2, 8), rng.integers(30, 36)
    labels[top : top + 25, left : left + 10] = 2
    centre_y, centre_x, radius = rng.integers(12, 28), rng.integers(10, 20), rng.integers(5, 9)
    labels[(y - centre_y) ** 2 + (x - centre_x) ** 2 < radius**2] = 1
    return labels


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
