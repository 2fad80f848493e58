"""A run that was killed goes on as if nothing had happened."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from medsam_core.errors import CheckpointError, OptionError, OutputError
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_resumed, write_config
from medsam_training.fit.run import fit
from medsam_training.fit.run_folder import RunFolder

Run = Callable[..., FitConfig]

# Everything that has a state: average, schedule, augmentation, mixed prompts, corrective clicks, patience.
RICH = (
    "loop.epochs=5",
    "loop.steps_per_epoch=3",
    "optimiser.average=0.9",
    "optimiser.warmup_steps=4",
    "optimiser.rate=2e-3",
    "data.augment=true",
    "prompts.points=1.0",
    "prompts.both=1.0",
    "prompts.negative_share=0.5",
    "prompts.corrections=1",
    "prompts.correction_share=0.5",
    "loop.patience=4",
)


def curve(folder: RunFolder) -> list[tuple[str, ...]]:
    """The history without the clock."""
    with folder.history.open(newline="") as file:
        return [tuple(v for k, v in row.items() if k != "seconds") for row in csv.DictReader(file)]


@pytest.fixture()
def uninterrupted(a_run: Run, tmp_path: Path) -> RunFolder:
    return fit(a_run("vit_b", *RICH, out=str(tmp_path / "whole")))


def _same_end(one: RunFolder, other: RunFolder) -> None:
    assert curve(one) == curve(other)
    best = [load_file(folder.best) for folder in (one, other)]  # their headers name the folders
    assert best[0].keys() == best[1].keys()
    assert all(torch.equal(tensor, best[1][name]) for name, tensor in best[0].items())
    states = [torch.load(folder.last, weights_only=True) for folder in (one, other)]
    for name, tensor in states[0]["state_dict"].items():
        assert torch.equal(tensor, states[1]["state_dict"][name]), name
    moments = [state["optimizer_states"][0]["state"] for state in states]
    for number, values in moments[0].items():
        assert torch.equal(values["exp_avg_sq"], moments[1][number]["exp_avg_sq"])


def _stopped(config: FitConfig, tmp_path: Path, seen: Path, number: int) -> tuple[int, list[str]]:
    """Exit code and lines on stderr of a run in a process that gets a signal as soon as a file is there."""
    settings = tmp_path / "stopped.yaml"
    write_config(config, settings)
    # As the installed script does: -m would leave by the signal if it came while a module was being imported.
    program = "import sys; from medsam_training.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "fit", str(settings)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True)
    deadline = time.monotonic() + 200
    while not seen.is_file() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(number)
    _, err = process.communicate(timeout=200)
    return process.returncode, err.splitlines()


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize(
    ("number", "told", "seen"),
    [
        (signal.SIGTERM, "SIGTERM, as schedulers and kill send it", "last.ckpt"),
        (signal.SIGTERM, "SIGTERM, as schedulers and kill send it", "config.yaml"),
        (signal.SIGINT, "Ctrl-C", "config.yaml"),
    ],
    ids=["SIGTERM in training", "SIGTERM before it", "Ctrl-C before it"],
)
def test_a_run_that_is_stopped_says_by_what_and_how_it_goes_on(
    a_run: Run, uninterrupted: RunFolder, tmp_path: Path, number: int, told: str, seen: str
) -> None:
    config = a_run("vit_b", *RICH, out=str(tmp_path / "a run"))
    folder = RunFolder(Path(config.out))
    code, lines = _stopped(config, tmp_path, folder.path / seen, number)
    assert code == 130
    going_on = f"medsam-train fit --resume --out '{folder.path}'"
    kept = "what is finished is kept; the same command goes on, fit and pretrain with --resume"
    assert lines[-2:] == [
        f"every finished epoch is kept; go on with {going_on}",
        f"error: interrupted: stopped by {told}; {kept}",
    ]
    assert not folder.summary.is_file(), "it was stopped too late to show anything"
    fit(read_resumed(folder.path), resume=True)
    _same_end(uninterrupted, folder)


def test_a_killed_run_goes_on_bit_for_bit(a_run: Run, uninterrupted: RunFolder, tmp_path: Path) -> None:
    config = a_run("vit_b", *RICH, out=str(tmp_path / "killed"))
    folder = RunFolder(Path(config.out))
    _stopped(config, tmp_path, folder.previous, signal.SIGKILL)
    assert folder.previous.is_file()
    assert not folder.summary.is_file(), "it was killed too late to show anything"
    fit(read_resumed(folder.path), resume=True)
    _same_end(uninterrupted, folder)


def test_a_truncated_checkpoint_is_never_the_only_one(
    a_run: Run, uninterrupted: RunFolder, tmp_path: Path
) -> None:
    whole = uninterrupted
    assert whole.checkpoint() == whole.last
    whole.summary.unlink()
    content = whole.last.read_bytes()
    before = curve(whole)
    whole.last.write_bytes(content[: len(content) // 2])
    assert whole.checkpoint() == whole.previous
    fit(read_resumed(whole.path), resume=True)
    assert curve(whole) == before
    assert whole.checkpoint() == whole.last


def test_a_run_killed_between_two_renames_goes_on_from_the_one_before(uninterrupted: RunFolder) -> None:
    uninterrupted.last.unlink()
    assert uninterrupted.checkpoint() == uninterrupted.previous


def test_two_damaged_checkpoints_are_told_apart_from_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.checkpoint() is None
    folder.last.write_bytes(b"PK nonsense")
    with pytest.raises(CheckpointError, match=r"last\.ckpt: is damaged"):
        folder.checkpoint()


def test_a_complete_run_is_left_alone(uninterrupted: RunFolder) -> None:
    before = uninterrupted.last.stat().st_mtime_ns
    fit(read_resumed(uninterrupted.path), resume=True)
    assert uninterrupted.last.stat().st_mtime_ns == before


def test_a_complete_run_may_be_given_more_epochs(a_run: Run, tmp_path: Path) -> None:
    folder = fit(a_run("vit_b", "loop.epochs=2"))
    fit(read_resumed(folder.path, ["loop.epochs=3"]), resume=True)
    assert [row[0] for row in curve(folder)] == ["0", "1", "2", "3"]
    assert folder.epochs_asked() == 3


def test_a_resumed_run_may_not_become_another_one(uninterrupted: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="would make it another run"):
        read_resumed(uninterrupted.path, ["optimiser.rate=1"])
    with pytest.raises(OptionError, match="holds no run"):
        read_resumed(tmp_path / "nowhere")


def test_a_used_folder_is_refused(a_run: Run, uninterrupted: RunFolder) -> None:
    with pytest.raises(OutputError, match="holds a run already"):
        fit(a_run("vit_b", out=str(uninterrupted.path)))


def test_other_starting_weights_under_a_checkpoint_are_refused(
    a_run: Run, uninterrupted: RunFolder, starts: dict[str, Path]
) -> None:
    uninterrupted.summary.unlink()
    config = read_resumed(uninterrupted.path)
    changed = config.strategy.model_copy(update={"start": str(starts["vit_h"])})
    with pytest.raises(CheckpointError, match="was trained on top of"):
        fit(config.model_copy(update={"strategy": changed}), resume=True)


SAVE_FOREVER = """
import sys, torch
from pathlib import Path
from medsam_training.fit.checkpoints import AtomicCheckpointIO
from medsam_training.fit.run_folder import RunFolder
folder = RunFolder(Path(sys.argv[1]))
keeper, number = AtomicCheckpointIO(folder), 0
while True:
    keeper.save_checkpoint({"number": number, "weights": torch.full((500_000,), float(number))}, folder.last)
    number += 1
    print(number, flush=True)
"""


def test_there_is_a_whole_checkpoint_at_any_moment_of_writing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", SAVE_FOREVER, str(tmp_path)], stdout=subprocess.PIPE)
    process.stdout.readline()
    for pause in (0.0, 0.0013, 0.0031, 0.0007, 0.0053, 0.0023, 0.0041, 0.011) * 2:
        time.sleep(pause)
        os.kill(process.pid, signal.SIGSTOP)  # what a kill at this moment would leave behind
        path = folder.checkpoint()
        assert path is not None
        state = torch.load(path, weights_only=True)
        assert bool((state["weights"] == state["number"]).all())
        os.kill(process.pid, signal.SIGCONT)
    process.kill()
    process.wait()
    assert folder.checkpoint() is not None
