"""The whole benchmark, to one JSON file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from medsam_core.atomic_file import atomic_output
from medsam_core.bench.encoders import measure_encoders, ways_on
from medsam_core.bench.machine import describe_machine, peak_rss_mb
from medsam_core.bench.prompting import measure_prompts, measure_slice_to_input
from medsam_core.bench.subjects import Subject, demo, vit_b
from medsam_core.errors import DeviceError
from medsam_core.inference.device import has_openvino
from medsam_core.inference.embedding_cache import FOLDER_VARIABLE
from medsam_core.inference.load import load_model
from medsam_core.resources import ResourceMissing, resource_path

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Extent:
    """How much to measure.

    Attributes:
        rounds: of the encoders; the median counts.
        prompt_times: repeats with one box.
        boxes: how many boxes at once.
        side, slices: of the volume.
        quick: a small network in ViT-B's place.
    """

    rounds: int = 5
    prompt_times: int = 60
    boxes: tuple[int, ...] = (1, 8, 64)
    side: int = 512
    slices: int = 100
    quick: bool = False


FULL = Extent()
QUICK = Extent(rounds=2, prompt_times=6, boxes=(1, 3), side=96, slices=3, quick=True)


def run_bench(json_file: Path, *, quick: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """Measure encoders, prompts and a volume on this machine; write and return the figures.

    The full run takes some ten minutes on two cores. Nothing of it stays in the user's cache.

    Args:
        json_file: where to write; replaced if it is there.
        quick: small networks and few repeats, to try the benchmark out.
        progress: called with (steps done, steps, what is being measured).
    """
    extent = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as scratch, _own_cache(Path(scratch)):
        figures = _measure(Path(scratch), extent, _Steps(extent, progress))
    with atomic_output(json_file, overwrite=True) as out:
        out.write_text(json.dumps(figures, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return figures


class _Steps:
    """Counts what has been measured."""

    def __init__(self, extent: Extent, progress: Progress | None) -> None:
        subjects, devices = 2, 1 + torch.cuda.is_available()
        self._total = subjects * devices * (extent.rounds + 1) + 3 * len(extent.boxes) + 4
        self._done, self._progress, self.what = 0, progress, ""

    def start(self, what: str) -> None:
        """Name what comes."""
        self.what = what
        self.step(0)

    def step(self, count: int = 1) -> None:
        """Count what is done."""
        self._done = min(self._done + count, self._total)
        if self._progress is not None:
            self._progress(self._done, self._total, self.what)


def _measure(scratch: Path, extent: Extent, steps: _Steps) -> dict[str, Any]:
    steps.start("the machine")
    figures: dict[str, Any] = {"machine": describe_machine(), "quick": extent.quick}
    main = vit_b(scratch, quick=extent.quick)
    subjects = [main, *_demo()]
    steps.start("conversion to OpenVINO")
    figures["conversion"] = _conversion(main)
    steps.step()
    figures["encoder"] = [row for subject in subjects for row in _encoders(subject, extent, steps)]
    steps.start("slice to input")
    figures["slice_to_input"] = measure_slice_to_input(extent.rounds)
    steps.step()
    figures["prompt_to_mask"] = _prompts(subjects, extent, steps)
    steps.start("a volume")
    figures["volume"] = {"model": main.model, "weights": main.weights, **_volume(main, extent)}
    figures["peak_rss_mb"] = figures["volume"]["peak_rss_mb"]
    steps.step()
    return figures


def _demo() -> list[Subject]:
    try:
        resource_path("Models/demo.safetensors")
    except ResourceMissing:
        return []
    return [demo()]


def _conversion(subject: Subject) -> dict[str, Any] | None:
    """The first loading of a network by OpenVINO; the cache is empty."""
    if not has_openvino():
        return None
    start = time.perf_counter()
    try:
        load_model(subject.checkpoint, "cpu", "fp32", backend="openvino", preset=subject.preset)
    except DeviceError as error:
        return {"model": subject.model, "failed": error.problem}
    return {
        "model": subject.model,
        "seconds": round(time.perf_counter() - start, 1),
        "peak_rss_mb": peak_rss_mb(of_children=True),
    }


def _encoders(subject: Subject, extent: Extent, steps: _Steps) -> Iterator[dict[str, Any]]:
    for device in ("cpu", "cuda"):
        ways = ways_on(device, with_openvino=has_openvino() and subject.model != "demo")
        steps.start(f"encoder of {subject.model} on {device}")
        yield from measure_encoders(subject, ways, extent.rounds, lambda done: steps.step())


def _prompts(subjects: list[Subject], extent: Extent, steps: _Steps) -> list[dict[str, Any]]:
    rows = []
    for subject in subjects:
        for precision in ("auto", "fp32") if subject is subjects[0] else ("auto",):
            steps.start(f"prompts to {subject.model}")
            rows += measure_prompts(subject, precision, extent.boxes, extent.prompt_times)
            steps.step(len(extent.boxes))
    return rows


def _volume(subject: Subject, extent: Extent) -> dict[str, Any]:
    command = [sys.executable, "-m", "medsam_core.bench.volume_run", subject.checkpoint]
    command += [subject.preset or "", str(extent.side), str(extent.slices), "auto"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own module
    return json.loads(run.stdout.strip().splitlines()[-1])


@contextmanager
def _own_cache(scratch: Path) -> Iterator[None]:
    """Convert into a folder of our own, here and in the processes that we start."""
    before = os.environ.get(FOLDER_VARIABLE)
    os.environ[FOLDER_VARIABLE] = str(scratch / "cache")
    try:
        yield
    finally:
        if before is None:
            del os.environ[FOLDER_VARIABLE]
        else:
            os.environ[FOLDER_VARIABLE] = before
