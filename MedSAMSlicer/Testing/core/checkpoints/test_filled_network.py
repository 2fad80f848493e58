"""Weights are held to an architecture, and what stands in a network came from the file."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import textwrap
from pathlib import Path

import layouts
import pytest
import torch
from unmerged import prediction

from medsam_core.checkpoints.filled_network import check_weights, filled_network, skeleton_network
from medsam_core.errors import CheckpointError
from medsam_core.models.architecture import ARCHITECTURES, Architecture, PeftSpec
from medsam_core.models.registry import build_network

WITH_LORA = dataclasses.replace(layouts.SMALL_VIT, peft=PeftSpec(kind="lora", encoder_blocks=(0, 1)))
NETWORKS = {
    "vit": layouts.SMALL_VIT,
    "lora": WITH_LORA,
    "tiny_vit": layouts.SMALL_LITE,
    "demo": ARCHITECTURES["demo"],
}
EVERY = pytest.mark.parametrize("architecture", NETWORKS.values(), ids=NETWORKS)


@EVERY
def test_a_filled_network_predicts_what_one_built_and_loaded_does(architecture: Architecture) -> None:
    weights = layouts.plain(architecture)
    loaded = build_network(architecture)
    loaded.load_state_dict(weights)
    torch.testing.assert_close(prediction(filled_network(weights, architecture)), prediction(loaded))


@EVERY
def test_a_skeleton_has_the_weights_of_the_network(architecture: Architecture) -> None:
    shapes = {name: tensor.shape for name, tensor in skeleton_network(architecture).state_dict().items()}
    assert shapes == {name: t.shape for name, t in build_network(architecture).state_dict().items()}


def test_after_a_skeleton_networks_are_random_again() -> None:
    skeleton_network(layouts.SMALL_VIT)
    torch.manual_seed(0)
    assert build_network(layouts.SMALL_VIT).image_encoder.neck[0].weight.std() > 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_one_value_that_is_no_number_is_found(value: float, dtype: torch.dtype) -> None:
    weights = {name: tensor.to(dtype) for name, tensor in layouts.plain().items()}
    check_weights(weights, layouts.SMALL_VIT, Path("a.pth"))
    weights["mask_decoder.iou_token.weight"].view(-1)[3] = value
    with pytest.raises(CheckpointError, match=r"mask_decoder\.iou_token\.weight"):
        check_weights(weights, layouts.SMALL_VIT, Path("a.pth"))


def test_infinities_of_both_signs_do_not_cancel() -> None:
    weights = layouts.plain()
    weights["mask_decoder.iou_token.weight"].view(-1)[:2] = torch.tensor([float("inf"), -float("inf")])
    with pytest.raises(CheckpointError, match="not numbers"):
        check_weights(weights, layouts.SMALL_VIT, Path("a.pth"))


def test_large_values_that_are_numbers_pass() -> None:
    weights = layouts.plain()
    weights["image_encoder.neck.0.weight"] = torch.full_like(weights["image_encoder.neck.0.weight"], 3e38)
    check_weights(weights, layouts.SMALL_VIT, Path("a.pth"))


def test_a_number_that_float32_cannot_hold_is_found() -> None:
    weights = layouts.plain()
    weights["image_encoder.neck.0.weight"] = weights["image_encoder.neck.0.weight"].double() * 1e300
    with pytest.raises(CheckpointError, match="not numbers"):
        check_weights(weights, layouts.SMALL_VIT, Path("a.pth"))


def test_many_faults_are_one_short_line() -> None:
    with pytest.raises(CheckpointError) as caught:
        check_weights({f"x.{i}": torch.ones(1) for i in range(500)}, layouts.SMALL_VIT, Path("a.pth"))
    assert "and" in str(caught.value) and len(str(caught.value)) < 400


def test_opening_a_checkpoint_does_not_import_torch_s_compiler(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "a.pth")
    code = f"""
        import sys
        from medsam_core.checkpoints import open_checkpoint
        open_checkpoint({str(path)!r})
        assert "torch._dynamo" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=120)
