"""Weights are found under whatever training scripts wrap around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import layouts
import pytest
import torch

from medsam_core.checkpoints import open_checkpoint
from medsam_core.checkpoints.candidate import Candidate, candidate_of, readable
from medsam_core.checkpoints.file_kind import FileKind
from medsam_core.checkpoints.safe_load import RawCheckpoint
from medsam_core.errors import CheckpointError

WEIGHTS = {"image_encoder.a": torch.ones(2), "mask_decoder.b": torch.zeros(3)}


@pytest.fixture
def found(tmp_path: Path):
    def find(tree: Any) -> Candidate:
        path = layouts.saved(tree, tmp_path / "a.pth")
        return candidate_of(RawCheckpoint(path, FileKind.TORCH_ZIP, tree))

    return find


def prefixed(prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + name: value for name, value in WEIGHTS.items()}


WRAPPED = {
    "plain": WEIGHTS,
    "model": {"model": WEIGHTS, "epoch": 1},
    "state_dict": {"state_dict": WEIGHTS},
    "model_state": {"model_state": WEIGHTS},
    "two deep": {"model": {"state_dict": WEIGHTS}},
    "a name and a dictionary": {"model": "sam", "state_dict": WEIGHTS},
    "a tensor beside them": {"model": WEIGHTS, "best": torch.tensor(0.5)},
    "data parallel": prefixed("module."),
    "micro-sam's": prefixed("sam."),
    "compiled": prefixed("_orig_mod."),
    "compiled in part": {"image_encoder._orig_mod.a": torch.ones(2), "mask_decoder.b": torch.zeros(3)},
    "all at once": {"state_dict": prefixed("model.module._orig_mod.sam.")},
}


@pytest.mark.parametrize("tree", WRAPPED.values(), ids=WRAPPED)
def test_the_weights_come_out_with_their_plain_names(found, tree: Any) -> None:
    assert found(tree).tensors.keys() == WEIGHTS.keys()


def test_what_was_taken_off_is_said(found) -> None:
    notes = found({"model": prefixed("module._orig_mod.")}).notes
    assert any("module." in note for note in notes) and any("_orig_mod." in note for note in notes)


def test_two_weights_of_one_name_are_refused(found) -> None:
    with pytest.raises(CheckpointError, match="two names"):
        found({"a._orig_mod.b": torch.ones(1), "a.b": torch.ones(1)})


def test_only_plain_numbers_of_the_training_are_kept(found) -> None:
    tree = {"model": WEIGHTS, "epoch": 3, "loss": float("nan"), "best_loss": 10**40, "global_step": True}
    assert found(tree).facts == {"epoch": 3}


def test_a_lightning_module_s_other_buffers_are_left_out_and_named(tmp_path: Path) -> None:
    weights = layouts.plain()
    loaded = open_checkpoint(layouts.lightning_file(weights, tmp_path / "last.ckpt"))
    layouts.assert_same_weights(loaded.network, weights)
    assert any("loss.weight" in note for note in loaded.info.notes)
    assert loaded.info.training == {"epoch": 12, "global_step": 3456}


def test_outside_lightning_nothing_is_left_out_in_silence(found) -> None:
    tree = {**prefixed("model."), "extra.weight": torch.ones(1)}
    assert "extra.weight" in found(tree).tensors


def test_a_name_in_a_message_is_one_printable_line() -> None:
    shown = readable("a\nb\x1b[31m\u202e" + "x" * 1000)
    assert shown.isprintable() and shown.isascii() and len(shown) < 150
