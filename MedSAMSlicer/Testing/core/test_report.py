"""The report holds all that was shown, in JSON that any program reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.report import make_report, write_report


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict:
    model = medsam.load_model("demo", device="cpu")
    values = np.zeros((3, 24, 24), np.int16)
    values[:, 6:18, 6:18] = 400
    values[0, 0, 0] = -1000
    volume = medsam.Volume(values, medsam.Geometry((24, 24, 3), np.eye(4)), modality="CT", name="case")
    prompts = medsam.Prompts.from_boxes([medsam.Box((5, 5, 0), (18, 18, 2))])
    result = medsam.segment_volume(volume, prompts, model)
    path: Path = tmp_path_factory.mktemp("report") / "report.json"
    write_report(make_report(result, volume, model, propagation="roi", seconds={"load_image": 0.5}), path)
    return json.loads(path.read_text())


def test_it_names_model_device_and_window_with_the_reasons(report: dict) -> None:
    assert report["model"]["name"] == "demo" and len(report["model"]["sha256"]) == 64
    assert report["device"] == "cpu" and report["placement_reason"]
    assert report["intensity"]["preset"] == "ct-soft" and report["intensity"]["reason"]


def test_it_gives_seconds_of_each_stage(report: dict) -> None:
    assert {"load_image", "encode", "decode"} <= set(report["seconds"])


def test_it_gives_size_and_confidence_of_each_segment(report: dict) -> None:
    (segment,) = report["segments"]
    assert segment["volume_ml"] == pytest.approx(segment["voxels"] / 1000)
    assert set(segment["confidence"]) == {"0", "1", "2"}
    assert str(segment["worst_slice"]) == min(segment["confidence"], key=segment["confidence"].get)
