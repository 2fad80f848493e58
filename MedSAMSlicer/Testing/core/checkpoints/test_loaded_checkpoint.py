"""What every checkpoint promises, whatever its format."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from pathlib import Path

import layouts
import pytest
import torch
from unmerged import prediction

from medsam_core.checkpoints import inspect_checkpoint, open_checkpoint, write_own
from medsam_core.checkpoints.info import CheckpointInfo
from medsam_core.checkpoints.own import OwnHeader
from medsam_core.errors import CheckpointError, OptionError
from medsam_core.inference.presets import PRESETS
from medsam_core.models.architecture import ARCHITECTURES
from medsam_core.models.network import PromptableNetwork
from medsam_core.models.registry import build_network

HEADER = OwnHeader("a", layouts.SMALL_VIT, "sam")
LITE = partial(layouts.plain, layouts.SMALL_LITE)
THREE_TOKENS = dataclasses.replace(layouts.SMALL_VIT, mask_tokens=3)
FILES = {
    "sam": lambda f: layouts.saved(layouts.plain(), f / "sam.pth"),
    "medsam": lambda f: layouts.medsam_training_file(layouts.plain(), f / "latest.pth"),
    "litemedsam": lambda f: layouts.litemedsam_training_file(
        layouts.plain(layouts.SMALL_LITE), f / "best.pth"
    ),
    "finetune-sam lora": lambda f: layouts.saved(
        layouts.finetune_sam_lora(layouts.plain(THREE_TOKENS)), f / "checkpoint_best.pth"
    ),
    "finetune-sam adapter": lambda f: layouts.saved(
        layouts.finetune_sam_adapters(), f / "checkpoint_best.pth"
    ),
    "sam-med2d": lambda f: layouts.saved({"model": layouts.sam_med2d()}, f / "a.pth"),
    "micro-sam": lambda f: layouts.micro_sam_file(layouts.plain(), f / "best.pt"),
    "hugging face": lambda f: layouts.hugging_face_folder(layouts.plain(), f / "model"),
    "lightning": lambda f: layouts.lightning_file(layouts.plain(), f / "last.ckpt"),
    "own": lambda f: write_own(
        layouts.plain(), f / "a.safetensors", OwnHeader("a", layouts.SMALL_VIT, "sam")
    ),
}
EVERY = pytest.mark.parametrize("make", FILES.values(), ids=FILES)


@EVERY
def test_the_network_is_ready_to_use(tmp_path: Path, make) -> None:
    network = open_checkpoint(make(tmp_path)).network
    assert isinstance(network, PromptableNetwork) and not network.training
    tensors = [*network.parameters(), *network.buffers()]
    assert {tensor.device.type for tensor in tensors} == {"cpu"}
    assert {tensor.dtype for tensor in tensors if tensor.is_floating_point()} == {torch.float32}
    if network.image_size <= 256:
        assert torch.isfinite(prediction(network)).all()


@EVERY
def test_inspecting_says_the_same_as_opening(tmp_path: Path, make) -> None:
    path = make(tmp_path)
    assert inspect_checkpoint(path) == open_checkpoint(path).info


@EVERY
def test_the_description_is_plain_json_and_plain_lines(tmp_path: Path, make) -> None:
    info = inspect_checkpoint(make(tmp_path))
    data = json.loads(json.dumps(info.to_json()))
    assert data["preset"] in PRESETS and data["sha256"] == info.sha256 and data["parameters"] > 100_000
    lines = info.describe().splitlines()
    assert all(line.isprintable() for line in lines) and any(info.sha256 in line for line in lines)


@EVERY
def test_the_parameters_are_counted_as_torch_counts_them(tmp_path: Path, make) -> None:
    loaded = open_checkpoint(make(tmp_path))
    counted = {
        name: t.numel() for name, t in loaded.network.state_dict().items() if "num_batches" not in name
    }
    assert loaded.info.parameters == sum(counted.values())


def test_equal_files_have_one_identity_and_others_another(tmp_path: Path) -> None:
    def identity(name: str, seed: int) -> str:
        return inspect_checkpoint(layouts.saved(layouts.plain(seed=seed), tmp_path / name / "a.pth")).identity

    assert identity("one", 0) == identity("two", 0) != identity("three", 1)


def test_an_unknown_preset_is_refused(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "a.pth")
    with pytest.raises(OptionError, match="no preprocessing preset"):
        open_checkpoint(path, preset="mine")


@pytest.mark.parametrize("base", ["nothing.pth", "vit_h", "tiny"])
def test_a_base_that_cannot_be_used_is_one_line(
    tmp_path: Path, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDSAM_MODELS", str(tmp_path))
    if base == "tiny":
        base = str(layouts.saved(layouts.plain(layouts.SMALL_LITE), tmp_path / "lite.pth"))
    with pytest.raises(CheckpointError):
        open_checkpoint(layouts.saved(layouts.samed(layouts.plain()), tmp_path / "a.pth"), base=base)


def test_a_description_with_hostile_texts_stays_plain_lines() -> None:
    info = CheckpointInfo(
        Path("a"), "evil\nname: x\x1b[31m", "f", None, "sam", 0, "0" * 64, 1, training={"a": "b\x1b[0m\nc"}
    )
    assert all(line.isprintable() for line in info.describe().splitlines())


@pytest.mark.long
@pytest.mark.parametrize("name", ["vit_b", "mobile_sam", "litemedsam"])
def test_a_file_of_full_size_is_opened(tmp_path: Path, name: str) -> None:
    weights = layouts.random_like(build_network(ARCHITECTURES[name]).state_dict())
    loaded = open_checkpoint(layouts.saved(weights, tmp_path / f"{name}.pth"))
    layouts.assert_same_weights(loaded.network, weights)
    assert loaded.info.architecture == ARCHITECTURES[name]
