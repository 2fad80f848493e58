"""Merging is W + B A on the rows that the update was for, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from medsam_core.checkpoints.lora_merge import merge_lora
from medsam_core.errors import CheckpointError

PLACE = "image_encoder.blocks.0.attn.qkv"
FILE = Path("a.pth")


@pytest.fixture
def fused() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        f"{PLACE}.qkv.weight": torch.randn(12, 4),
        f"{PLACE}.qkv.bias": torch.randn(12),
        f"{PLACE}.linear_a_q.weight": torch.randn(2, 4),
        f"{PLACE}.linear_b_q.weight": torch.randn(4, 2),
        f"{PLACE}.linear_a_v.weight": torch.randn(2, 4),
        f"{PLACE}.linear_b_v.weight": torch.randn(4, 2),
        "other.weight": torch.randn(3, 3),
    }


def test_q_is_the_first_rows_and_v_the_last(fused: dict[str, torch.Tensor]) -> None:
    merged, added = merge_lora(fused, FILE)
    change = merged[f"{PLACE}.weight"] - fused[f"{PLACE}.qkv.weight"]
    q = fused[f"{PLACE}.linear_b_q.weight"] @ fused[f"{PLACE}.linear_a_q.weight"]
    v = fused[f"{PLACE}.linear_b_v.weight"] @ fused[f"{PLACE}.linear_a_v.weight"]
    torch.testing.assert_close(change, torch.cat([q, torch.zeros(4, 4), v]), atol=1e-6, rtol=1e-5)
    assert added == 2
    assert merged.keys() == {f"{PLACE}.weight", f"{PLACE}.bias", "other.weight"}
    assert torch.equal(merged["other.weight"], fused["other.weight"])


def test_what_is_given_is_not_changed(fused: dict[str, torch.Tensor]) -> None:
    before = {name: tensor.clone() for name, tensor in fused.items()}
    merge_lora(fused, FILE)
    assert all(torch.equal(fused[name], tensor) for name, tensor in before.items())


def test_half_precision_updates_are_added_in_float32(fused: dict[str, torch.Tensor]) -> None:
    half = {name: tensor.half() for name, tensor in fused.items()}
    exact, _ = merge_lora({name: tensor.float() for name, tensor in half.items()}, FILE)
    assert torch.equal(merge_lora(half, FILE)[0][f"{PLACE}.weight"], exact[f"{PLACE}.weight"])


def test_without_updates_nothing_happens() -> None:
    plain = {"image_encoder.blocks.0.attn.qkv.weight": torch.ones(12, 4)}
    merged, added = merge_lora(plain, FILE)
    assert merged == plain and added == 0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("linear_a_q.weight", None, "absent"),
        ("linear_b_v.weight", None, "absent"),
        ("linear_a_q.weight", torch.ones(2, 5), "wrong shape"),
        ("linear_b_q.weight", torch.ones(5, 2), "wrong shape"),
        ("linear_b_q.weight", torch.ones(4, 3), "wrong shape"),
        ("linear_a_v.weight", torch.ones(2), "wrong shape"),
        ("qkv.weight", torch.ones(12), "not a matrix"),
    ],
)
def test_an_update_that_does_not_fit_is_named(
    fused: dict[str, torch.Tensor], name: str, value: torch.Tensor | None, says: str
) -> None:
    if value is None:
        del fused[f"{PLACE}.{name}"]
    else:
        fused[f"{PLACE}.{name}"] = value
    with pytest.raises(CheckpointError, match=says):
        merge_lora(fused, FILE)
