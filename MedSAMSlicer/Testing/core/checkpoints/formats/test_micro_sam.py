"""micro-sam: torch-em's training files, plain or with LoRA."""

from __future__ import annotations

from pathlib import Path

import layouts
import pytest
import torch
from unmerged import prediction, put_beside

from medsam_core.checkpoints import open_checkpoint
from medsam_core.errors import CheckpointError
from medsam_core.models.registry import build_network


@pytest.mark.parametrize("compiled", [False, True])
def test_a_training_file_gives_its_network_alone(tmp_path: Path, compiled: bool) -> None:
    weights = layouts.plain()
    loaded = open_checkpoint(layouts.micro_sam_file(weights, tmp_path / "best.pt", compiled=compiled))
    layouts.assert_same_weights(loaded.network, weights)
    assert (loaded.info.format, loaded.info.preset) == ("micro-sam", "sam")
    assert loaded.info.training == {"epoch": 4, "iteration": 1000, "best_metric": 0.25}


def test_its_second_decoder_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    with_it = open_checkpoint(layouts.micro_sam_file(layouts.plain(), tmp_path / "a.pt")).info
    without = open_checkpoint(layouts.micro_sam_file(layouts.plain(), tmp_path / "b.pt", decoder=False)).info
    assert any("decoder_state" in note for note in with_it.notes)
    assert not any("decoder_state" in note for note in without.notes)


def test_merged_weights_predict_what_the_updates_beside_them_did(tmp_path: Path) -> None:
    plain = layouts.plain()
    file = layouts.micro_sam_lora(plain)
    trained = build_network(layouts.SMALL_VIT)
    trained.load_state_dict(plain)

    def fused(place: str, letter: str):
        return file[f"{place}.w_a_linear_{letter}.weight"], file[f"{place}.w_b_linear_{letter}.weight"]

    expected = prediction(put_beside(trained, plain, fused, lambda place: None))
    loaded = open_checkpoint(layouts.micro_sam_file(file, tmp_path / "best.pt"))
    torch.testing.assert_close(prediction(loaded.network), expected, rtol=1e-4, atol=1e-5)


def test_an_exported_file_is_told_by_its_lora_alone(tmp_path: Path) -> None:
    info = open_checkpoint(layouts.saved(layouts.micro_sam_lora(layouts.plain()), tmp_path / "a.pth")).info
    assert info.format == "micro-sam"


def test_fact_is_refused_by_name(tmp_path: Path) -> None:
    file = layouts.plain() | {"image_encoder.blocks.0.attn.qkv.q_FacTs.weight": torch.ones(4, 4)}
    with pytest.raises(CheckpointError, match="FacT"):
        open_checkpoint(layouts.micro_sam_file(file, tmp_path / "a.pt"))
