"""finetune-SAM: LoRA merged without changing a prediction, adapters kept, args.json read within bounds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import layouts
import pytest
import torch
from unmerged import prediction, put_beside

from medsam_core.checkpoints import inspect_checkpoint, open_checkpoint
from medsam_core.errors import CheckpointError
from medsam_core.models.registry import build_network

TWO_CLASSES = dataclasses.replace(layouts.SMALL_VIT, mask_tokens=3)
RUNNING = dataclasses.replace(TWO_CLASSES, windows_before_norm=True, class_tokens=True)


@pytest.mark.parametrize(("blocks", "decoder"), [((0, 2), True), ((0, 1, 2), False), ((), True)])
def test_merged_weights_predict_what_the_updates_beside_them_did(
    tmp_path: Path, blocks: tuple[int, ...], decoder: bool
) -> None:
    plain = layouts.plain(TWO_CLASSES)
    file = layouts.finetune_sam_lora(plain, blocks=blocks, decoder=decoder)
    trained = build_network(RUNNING)
    trained.load_state_dict(plain)

    def fused(place: str, letter: str):
        a = file.get(f"{place}.linear_a_{letter}.weight")
        return None if a is None else (a, file[f"{place}.linear_b_{letter}.weight"])

    def single(place: str):
        a = file.get(f"{place}.w_a.weight")
        return None if a is None else (a, file[f"{place}.w_b.weight"])

    untouched = prediction(trained)
    expected = prediction(put_beside(trained, plain, fused, single))
    assert (untouched - expected).abs().max() > 1e-3, "the updates must matter for this test to mean anything"
    loaded = open_checkpoint(layouts.saved(file, tmp_path / "checkpoint_best.pth"))
    torch.testing.assert_close(prediction(loaded.network), expected, rtol=1e-4, atol=1e-5)
    assert loaded.network.state_dict().keys() == plain.keys()
    assert loaded.info.architecture.peft is None


def test_a_lora_of_the_tiny_encoder_is_merged_row_for_row(tmp_path: Path) -> None:
    plain = layouts.plain(layouts.SMALL_TINY_VIT)
    place = "image_encoder.layers.1.blocks.0.attn.qkv"
    file = dict(plain)
    pairs = {}
    for letter in "qv":
        pairs[letter] = layouts.low_rank(plain[f"{place}.weight"], 4, ord(letter))
        file[f"{place}.linear_a_{letter}.weight"], file[f"{place}.linear_b_{letter}.weight"] = pairs[letter]
    for kind in ("weight", "bias"):
        file[f"{place}.qkv.{kind}"] = file.pop(f"{place}.{kind}")
    loaded = open_checkpoint(layouts.saved(file, tmp_path / "checkpoint_best.pth"))
    change = loaded.network.state_dict()[f"{place}.weight"] - plain[f"{place}.weight"]
    dim = change.shape[1]
    torch.testing.assert_close(change[:dim], pairs["q"][1] @ pairs["q"][0])
    torch.testing.assert_close(change[-dim:], pairs["v"][1] @ pairs["v"][0])
    assert change[dim:-dim].abs().max() == 0


def test_adapters_stay_parts_of_the_network(tmp_path: Path) -> None:
    weights = layouts.finetune_sam_adapters()
    loaded = open_checkpoint(layouts.saved(weights, tmp_path / "checkpoint_best.pth"))
    layouts.assert_same_weights(loaded.network, weights)
    assert loaded.info.architecture.peft.encoder_blocks == (0, 2)
    assert loaded.info.architecture.windows_before_norm


def test_without_args_json_more_tokens_than_sam_s_tell_it(tmp_path: Path) -> None:
    info = open_checkpoint(layouts.saved(layouts.plain(TWO_CLASSES), tmp_path / "a.pth")).info
    assert (info.format, info.preset) == ("finetune-SAM", "finetune_sam")
    assert info.class_names == ("background", "foreground")
    assert any("args.json" in note for note in info.notes), "a guess must be said"


def test_args_json_tells_it_where_the_number_of_tokens_cannot(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "checkpoint_best.pth")
    assert inspect_checkpoint(path).format == "segment-anything"
    layouts.finetune_sam_arguments(tmp_path, num_cls=3, normalize_type="medsam")
    info = inspect_checkpoint(path)
    assert (info.format, info.preset) == ("finetune-SAM", "finetune_sam_minmax")
    assert info.class_names == ("background", "class 1", "class 2")
    assert info.architecture.class_tokens and info.architecture.windows_before_norm
    assert info.training == {"data": "MRI-Prostate", "epochs": 200, "method": "lora"}


def test_the_same_weights_under_other_rules_are_another_network(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "checkpoint_best.pth")
    before = inspect_checkpoint(path)
    layouts.finetune_sam_arguments(tmp_path, num_cls=3)
    after = inspect_checkpoint(path)
    assert before.sha256 == after.sha256 and before.identity != after.identity


def test_a_named_target_names_the_class(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(TWO_CLASSES), tmp_path / "a.pth")
    layouts.finetune_sam_arguments(tmp_path, targets="femur")
    assert inspect_checkpoint(path).class_names == ("background", "femur")


def test_the_tiny_encoder_s_image_size_comes_from_args_json(tmp_path: Path) -> None:
    weights = layouts.plain(dataclasses.replace(layouts.SMALL_TINY_VIT, mask_tokens=3))
    path = layouts.saved(weights, tmp_path / "a.pth")
    layouts.finetune_sam_arguments(tmp_path, arch="vit_t", image_size=512)
    assert inspect_checkpoint(path).image_size == 512


def test_an_args_json_of_another_training_is_noticed(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(TWO_CLASSES), tmp_path / "a.pth")
    layouts.finetune_sam_arguments(tmp_path, num_cls=7)
    with pytest.raises(CheckpointError, match=r"3 mask tokens.*7 classes"):
        inspect_checkpoint(path)


def test_an_args_json_of_another_program_is_ignored(tmp_path: Path) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "a.pth")
    (tmp_path / "args.json").write_text(json.dumps({"learning_rate": 1}))
    assert inspect_checkpoint(path).format == "segment-anything"


@pytest.mark.parametrize(
    "changes",
    [
        {"num_cls": 10**9},
        {"num_cls": "two"},
        {"num_cls": -1},
        {"image_size": 10**6},
        {"normalize_type": "x" * 10_000},
        {"thd": True},
        {"targets": {"a": 1}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_args_json_out_of_bounds_is_one_line(tmp_path: Path, changes: dict) -> None:
    path = layouts.saved(layouts.plain(TWO_CLASSES), tmp_path / "a.pth")
    layouts.finetune_sam_arguments(tmp_path, **changes)
    with pytest.raises(CheckpointError) as caught:
        inspect_checkpoint(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "[" * 100_000, '{"a": 1' + "0" * 5000 + "}", "x" * (2 << 20)]
)
def test_a_damaged_args_json_is_one_line(tmp_path: Path, text: str) -> None:
    path = layouts.saved(layouts.plain(TWO_CLASSES), tmp_path / "a.pth")
    (tmp_path / "args.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"args\.json"):
        inspect_checkpoint(path)
