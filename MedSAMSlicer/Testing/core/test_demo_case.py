"""The bundled case goes through the path that a user's own image takes, and comes out well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.cli import main
from medsam_core.demo_case import DemoCase
from medsam_core.prompts_file import read_prompts
from medsam_core.volume_reader import read_volume


def test_image_truth_and_prompts_fit_together() -> None:
    case = DemoCase.bundled()
    image, truth = read_volume(case.image), read_volume(case.truth)
    assert image.geometry.agrees_with(truth.geometry)
    (segment,) = read_prompts(case.prompts, image.geometry).segments
    for box in segment.boxes:
        rows, columns = np.nonzero(truth.array_kji[box.min_ijk[2]] == segment.label)
        assert box.min_ijk[0] <= columns.min() and columns.max() <= box.max_ijk[0]
        assert box.min_ijk[1] <= rows.min() and rows.max() <= box.max_ijk[1]


def test_the_demo_prints_its_dice_and_writes_its_files(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--output-dir", str(tmp_path / "demo"), "--device", "cpu"]) == 0
    out = capfd.readouterr().out
    printed = float(out.split("Dice against the bundled truth: tumour ")[1].split()[0])
    found = DemoCase.bundled().dice_of(tmp_path / "demo" / "segmentation.seg.nrrd")["tumour"]
    assert printed == pytest.approx(found, abs=5e-4)
    assert found > 0.78, "the inscribed ellipses of the same boxes reach 0.74"
    assert {p.name for p in (tmp_path / "demo").iterdir()} == {
        "segmentation.seg.nrrd",
        "overview.png",
        "report.json",
    }
