"""A specialist trains by the loop of `fit`: best epoch kept, killed runs go on."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from medsam_core.errors import CheckpointError
from medsam_core.models.network import PromptTensors
from medsam_training.compare.specialist_config import SpecialistConfig
from medsam_training.compare.specialist_file import read_specialist
from medsam_training.compare.specialist_kinds import KINDS, specialist_preset
from medsam_training.compare.specialist_run import SpecialistRun, train_specialist
from medsam_training.compare.specialist_segmenter import SpecialistSegmenter, specialist_model
from medsam_training.evaluate.prompt import Prompt
from medsam_training.fit.examples import ExampleMaker, ValidationExamples
from medsam_training.fit.prompt_simulation import box_of
from medsam_training.fit.run_folder import RunFolder
from medsam_training.prepared_set import PreparedSet
from medsam_training.prepared_set.manifest_file import read_manifest, write_manifest

Training = Callable[..., SpecialistConfig]


def curve(folder: RunFolder) -> list[tuple[str, ...]]:
    """The history without the clock."""
    with folder.history.open(newline="", encoding="utf-8") as file:
        return [tuple(v for k, v in row.items() if k != "seconds") for row in csv.DictReader(file)]


@pytest.mark.parametrize("kind", KINDS)
def test_training_raises_validation_dice_and_keeps_the_best_epoch(a_training: Training, kind: str) -> None:
    config = a_training(
        kind, "loop.epochs=4", "loop.steps_per_epoch=15", "loop.batch=4", "optimiser.rate=4e-3"
    )
    folder = train_specialist(config, resume=False)
    dice = [float(row[-1]) for row in curve(folder)]
    assert max(dice[1:]) > 0.7 > dice[0]
    _, header = read_specialist(folder.best)
    assert header.training["validation_dice"] == pytest.approx(max(dice[1:]), abs=1e-4)
    assert header.training["data_fingerprint"] == PreparedSet.open(config.data_set).fingerprint


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_answers_through_the_engine_as_the_network_did_in_training(
    a_training: Training, kind: str, tmp_path: Path
) -> None:
    config = a_training(kind, "prompts.inward=0", "prompts.outward=0")
    run = SpecialistRun.of(config)
    path = run.export({"epoch": 1, "steps": 1, "validation_dice": 0.5}, tmp_path / "one.safetensors")
    segmenter = SpecialistSegmenter(specialist_model(path, "cpu"), "mine")
    assert (segmenter.takes_boxes, segmenter.takes_points) == (True, False)
    maker = ExampleMaker(run.preset, 32, config.data, config.prompts)
    example = ValidationExamples(run.validation, maker, config.loop.seed)[0]
    with torch.no_grad():
        boxes = PromptTensors(example["points_xy"], example["labels"])
        logits, _ = run.network.decode(run.network.encode(example["image"][None]), boxes)
    prompts = [
        Prompt(box_of(mask).astype(float), np.zeros((0, 2)), np.zeros(0, int), "", 1)
        for mask in example["full"].numpy()
    ]
    answers = segmenter.segment(run.validation.image_yx(0), prompts)
    shown = torch.sigmoid(logits[:, 0]).numpy()
    rows = round(32 * 40 / 52)  # the slice is 40 x 52: its longer side fills the input
    for answer, whole in zip(answers, shown, strict=True):
        assert answer.mask_yx.shape == (40, 52)
        assert abs(answer.probability_yx.mean() - whole[:rows].mean()) < 0.02


def test_a_killed_training_goes_on_bit_for_bit(a_training: Training, tmp_path: Path) -> None:
    rich = ("loop.epochs=8", "optimiser.average=0.9", "data.augment=true")
    whole = train_specialist(a_training("unet", *rich, out=str(tmp_path / "whole")), resume=False)
    config = a_training("unet", *rich, out=str(tmp_path / "killed"))
    folder = RunFolder(Path(config.out))
    code = (
        "import sys; from medsam_training.compare.specialist_config import SpecialistConfig as C;"
        "from medsam_training.compare.specialist_run import train_specialist;"
        "train_specialist(C.model_validate_json(sys.argv[1]), resume=False)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, config.model_dump_json()],
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    deadline = time.monotonic() + 120
    while not folder.previous.is_file() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert folder.previous.is_file()
    assert not folder.summary.is_file(), "it was killed too late to show anything"
    train_specialist(config, resume=True)
    assert curve(folder) == curve(whole)
    one, other = (read_specialist(run.best)[0].state_dict() for run in (whole, folder))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_it_goes_on_with_no_other_data(a_training: Training, shapes_set: Path, tmp_path: Path) -> None:
    config = a_training()
    folder = train_specialist(config, resume=False)
    folder.summary.unlink()
    other = tmp_path / "other"
    other.mkdir()
    (other / "arrays").symlink_to(shapes_set / "arrays")
    manifest, _ = read_manifest(shapes_set)
    write_manifest(other, type(manifest)(manifest.version, {"changed": 1}, manifest.cases))
    with pytest.raises(CheckpointError, match="was trained on top of random weights for"):
        train_specialist(config.model_copy(update={"data_set": str(other)}), resume=True)


def test_specialists_get_their_images_as_the_demo_network_does() -> None:
    preset = specialist_preset(128)
    assert (preset.name, preset.image_size) == ("specialist", 128)
