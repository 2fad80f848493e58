"""What a checkpoint is said to be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medsam_core.checkpoints import CheckpointInfo, inspect_checkpoint
from medsam_core.models.architecture import ARCHITECTURES, PeftSpec
from MedSAMSlicerLib.model_words import model_details, model_words


def an_info(**changes: Any) -> CheckpointInfo:
    info = CheckpointInfo(
        Path("best.safetensors"),
        "mine",
        "medsam-slicer",
        ARCHITECTURES["vit_b"],
        "medsam",
        93_735_472,
        "ab",
        10,
    )
    return replace(info, **changes)


def test_a_fine_tuned_model_is_told_in_one_sentence() -> None:
    lora = replace(ARCHITECTURES["vit_b"], peft=PeftSpec(kind="lora", encoder_blocks=(0, 1)))
    training = {"cases": 32, "sets": ["liver_ct"], "test_dice": 0.8412, "validation_dice": 0.9}
    assert model_words(an_info(architecture=lora, training=training)) == (
        "LoRA on ViT-B, MedSAM preset, trained on 32 cases of liver_ct; test Dice 0.84"
    )
    merged = {"method": "LoRA of encoder and decoder", "cases": 8, "sets": [], "validation_dice": 0.7}
    assert model_words(an_info(training=merged)) == (
        "LoRA on ViT-B, MedSAM preset, trained on 8 cases; validation Dice 0.70"
    )


def test_a_published_model_is_told_without_what_nobody_knows() -> None:
    assert model_words(an_info()) == "ViT-B, MedSAM preset"
    assert model_words(an_info(architecture=None)).startswith("A difference to a base checkpoint")


def test_the_bundled_model_is_told_with_the_sets_it_was_trained_on() -> None:
    info = inspect_checkpoint("demo")
    assert model_words(info).startswith("Demo network, demo preset, trained on cell_nuclei, hippocampus_mr, ")
    assert model_words(info).endswith("and 4 more")
    details = model_details(info)
    assert "CC-BY-SA-4.0" in details and info.sha256 in details and "256 pixels" in details


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred"])
def test_a_strangers_text_stays_one_line_without_commands(name: str) -> None:
    words = model_words(an_info(training={"cases": 1, "sets": [name]}))
    assert words.isprintable()
