"""Rewriting a checkpoint keeps every weight bit for bit, or is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import layouts
import pytest
import torch
from unmerged import prediction

from medsam_core.checkpoints import OwnHeader, open_checkpoint, write_own
from medsam_core.checkpoints.convert import convert
from medsam_core.errors import CheckpointError, OptionError, OutputError
from medsam_core.models.architecture import PeftSpec

SOURCES = {
    "sam": lambda folder: layouts.saved(layouts.plain(), folder / "sam.pth"),
    "medsam training": lambda folder: layouts.medsam_training_file(layouts.plain(), folder / "latest.pth"),
    "hugging face": lambda folder: layouts.hugging_face_folder(layouts.plain(), folder / "model"),
    "micro-sam lora": lambda folder: layouts.micro_sam_file(
        layouts.micro_sam_lora(layouts.plain()), folder / "best.pt"
    ),
    "finetune-sam lora": lambda folder: layouts.saved(
        layouts.finetune_sam_lora(layouts.plain(dataclasses.replace(layouts.SMALL_VIT, mask_tokens=3))),
        folder / "checkpoint_best.pth",
    ),
    "mobile_sam": lambda folder: layouts.saved(layouts.mobile_sam(), folder / "mobile_sam.pt"),
    "litemedsam": lambda folder: layouts.saved(layouts.plain(layouts.SMALL_LITE), folder / "lite.pth"),
}


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_every_weight_is_kept_bit_for_bit(tmp_path: Path, make, suffix: str) -> None:
    source = make(tmp_path)
    before = open_checkpoint(source)
    result = convert(source, tmp_path / f"out{suffix}")
    after = open_checkpoint(result.path)
    layouts.assert_same_weights(after.network, dict(before.network.state_dict()))


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_our_own_file_keeps_all_that_is_known(tmp_path: Path, make) -> None:
    source = make(tmp_path)
    before = open_checkpoint(source).info
    after = open_checkpoint(convert(source, tmp_path / "out.safetensors").path).info
    for field in ("architecture", "preset", "class_names", "name", "training", "score_is_trained", "licence"):
        assert getattr(after, field) == getattr(before, field), field


def test_a_plain_file_has_segment_anything_s_names_and_nothing_else(tmp_path: Path) -> None:
    source = SOURCES["medsam training"](tmp_path)
    state = torch.load(convert(source, tmp_path / "out.pth").path, weights_only=True)
    assert state.keys() == layouts.plain().keys()


def test_what_a_plain_file_cannot_say_is_said(tmp_path: Path) -> None:
    notes = convert(SOURCES["finetune-sam lora"](tmp_path), tmp_path / "out.pth").notes
    assert any("mask tokens" in note for note in notes) and any("pads windows" in note for note in notes)


@pytest.mark.parametrize("make", [layouts.finetune_sam_adapters, layouts.sam_med2d])
def test_adapters_cannot_be_plain_weights(tmp_path: Path, make) -> None:
    source = layouts.saved(make(), tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="parts, which plain weights cannot express"):
        convert(source, tmp_path / "out.pth")
    assert not (tmp_path / "out.pth").exists()
    kept = open_checkpoint(convert(source, tmp_path / "out.safetensors").path)
    layouts.assert_same_weights(kept.network, make())


def test_low_rank_parts_of_our_own_are_kept_apart_or_merged(tmp_path: Path) -> None:
    peft = PeftSpec(kind="lora", encoder_blocks=(0, 2), decoder_layers=(0, -1))
    architecture = dataclasses.replace(layouts.SMALL_VIT, peft=peft)
    source = write_own(
        layouts.plain(architecture), tmp_path / "a.safetensors", OwnHeader("a", architecture, "sam")
    )
    kept = open_checkpoint(convert(source, tmp_path / "kept.safetensors").path)
    layouts.assert_same_weights(kept.network, layouts.plain(architecture))
    result = convert(source, tmp_path / "merged.pth")
    merged = open_checkpoint(result.path)
    assert merged.network.state_dict().keys() == layouts.plain().keys()
    torch.testing.assert_close(prediction(merged.network), prediction(kept.network), rtol=1e-4, atol=1e-5)
    assert any("merged" in note for note in result.notes)


def test_a_difference_is_written_whole(tmp_path: Path) -> None:
    large = dataclasses.replace(layouts.SMALL_VIT, image_size=1024, window_size=14)
    base = layouts.saved(layouts.plain(large), tmp_path / "base.pth")
    source = layouts.saved(layouts.samed(layouts.plain(large)), tmp_path / "epoch_159.pth")
    with pytest.raises(CheckpointError, match="base"):
        convert(source, tmp_path / "out.safetensors")
    result = convert(source, tmp_path / "out.safetensors", base=base)
    before, after = open_checkpoint(source, base=base), open_checkpoint(result.path)
    layouts.assert_same_weights(after.network, dict(before.network.state_dict()))
    assert not after.info.needs_base


def test_an_existing_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    source = SOURCES["sam"](tmp_path)
    for suffix in (".pth", ".safetensors"):
        target = tmp_path / f"out{suffix}"
        target.write_bytes(b"mine")
        with pytest.raises(OutputError):
            convert(source, target)
        assert target.read_bytes() == b"mine"
        convert(source, target, overwrite=True)
        assert target.read_bytes() != b"mine"


def test_a_checkpoint_can_replace_itself(tmp_path: Path) -> None:
    source = SOURCES["sam"](tmp_path)
    convert(source, source, overwrite=True)
    layouts.assert_same_weights(open_checkpoint(source).network, layouts.plain())


@pytest.mark.parametrize("name", ["out", "out.onnx", "out.bin", "out.pth.tar"])
def test_other_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match=r"\.safetensors"):
        convert(SOURCES["sam"](tmp_path), tmp_path / name)


def test_a_preset_that_was_asked_for_is_written_down(tmp_path: Path) -> None:
    result = convert(SOURCES["sam"](tmp_path), tmp_path / "out.safetensors", preset="medsam")
    assert open_checkpoint(result.path).info.preset == "medsam"
