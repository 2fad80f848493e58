"""One way of fine-tuning, run and measured in processes of its own."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medsam_core.errors import OutputError
from medsam_training.methods.method_rows import METHODS, SHARED

_PROGRAM = (sys.executable, "-m", "medsam_training.cli")


@dataclass(frozen=True)
class Row:
    """What a way of fine-tuning costs and brings.

    Attributes:
        method: of `METHODS`.
        trained_weights, weights: how many learn, of how many.
        seconds_per_epoch: validation included; the median.
        peak_memory_mb: of the run's process (of the GPU where there is one).
        dsc_before, dsc_after: mean foreground Dice on the test split, boxes off by 5 %.
        p: of the paired test between them.
        objects: that were measured.
    """

    method: str
    trained_weights: int
    weights: int
    seconds_per_epoch: float
    peak_memory_mb: float | None
    dsc_before: float
    dsc_after: float
    p: float | None
    objects: int


def measure_row(
    method: str, data: Path, start: str, out: Path, changes: Sequence[str] = (), most: int | None = None
) -> Row:
    """Fine-tune and evaluate; what is finished in `out` is not done again.

    Args:
        method: of `METHODS`.
        data: a prepared set.
        start: checkpoint.
        out: folder of this comparison.
        changes: "section.key=value" for every method, later than `SHARED`.
        most: at most so many test objects.

    Raises:
        OutputError: one of the commands failed; its own line says why.
    """
    run, judged = out / method, out / f"{method}.evaluation"
    preset, own = METHODS[method]
    if (run / "config.yaml").is_file():
        _call("fit", "--resume", "--out", str(run))
    else:
        words = [word for change in (*SHARED, *own, *changes) for word in ("--set", change)]
        _call("fit", "--preset", preset, "--from", start, "--data", str(data), "--out", str(run), *words)
    limit = [] if most is None else ["--most", str(most)]
    asked = ["--split", "test", "--per", "slice", *limit]
    _call("evaluate", str(run), "--against", start, "--data", str(data), "--out", str(judged), *asked)
    return _row(method, run, _read(judged / "summary.json"))


def _call(*words: str) -> None:
    if subprocess.run([*_PROGRAM, *words], check=False).returncode != 0:  # noqa: S603 - our own program
        raise OutputError(" ".join(words[:2]), "failed", "see its own message above")


def _row(method: str, run: Path, judged: dict[str, Any]) -> Row:
    summary = _read(run / "summary.json")
    with (run / "history.csv").open(newline="", encoding="utf-8") as file:
        seconds = sorted(float(row["seconds"]) for row in csv.DictReader(file))[1:]  # the first is the start
    after, before = (_figure(judged, place) for place in (0, 1))
    test = next((row["test"] for row in judged["comparisons"] if row["set_name"] is None), {})
    return Row(
        method=method,
        trained_weights=summary["trained_weights"],
        weights=summary["weights"],
        seconds_per_epoch=seconds[len(seconds) // 2],
        peak_memory_mb=summary["peak_memory_mb"],
        dsc_before=before["mean"],
        dsc_after=after["mean"],
        p=test.get("p"),
        objects=after["rows"],
    )


def _figure(judged: dict[str, Any], model: int) -> dict[str, Any]:
    """DSC over all of one of the two models, in their main variant."""
    name = judged["models"][model]["name"]
    main = next(variant for variant in judged["main"] if variant["model"] == name)
    for figure in judged["figures"]:
        whole = figure["set_name"] is None and figure["label"] is None and figure["modality"] is None
        if whole and figure["variant"] == main:
            return figure["dsc"]
    raise OutputError("summary.json", f"has no figure of {name}", "evaluate again")


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
