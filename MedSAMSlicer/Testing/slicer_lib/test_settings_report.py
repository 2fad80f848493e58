"""The text for a bug report."""

from __future__ import annotations

import medsam_core as medsam
from medsam_core.demo_case import DemoCase
from medsam_core.inference.embedding_cache import EmbeddingCache
from MedSAMSlicerLib.model_choice import ModelChoice
from MedSAMSlicerLib.required_packages import installed_version
from MedSAMSlicerLib.settings_report import Situation, settings_report

VERSIONS = {"MedSAM": "0.1.0", "Slicer": "5.10.0"}


def test_everything_that_decides_a_result_is_in_it() -> None:
    case, cache, model = DemoCase.bundled(), EmbeddingCache(), medsam.load_model("demo", device="cpu")
    volume = medsam.read_volume(case.image)
    result = medsam.segment_volume(
        volume, medsam.read_prompts(case.prompts, volume.geometry), model, cache=cache
    )
    choice = ModelChoice("demo", "cpu")
    situation = Situation(VERSIONS, choice, "Ready", model, "auto", cache.stats(), result, 2.5, ("a note",))
    text = settings_report(situation, installed_version)
    expected = (
        "MedSAM 0.1.0, Slicer 5.10.0",
        f"torch {installed_version('torch')}",
        model.info.sha256,
        "cpu, fp32, torch",
        "Slices remembered: 7 ",
        "volume 256 x 256 x 25",
        "2.50 s in all, encode ",
        f"Segment 1: {result.segments[0].voxels} voxels on 7 slices",
        "Note: a note",
    )
    assert [part for part in expected if part not in text] == []


def test_no_name_of_a_file_volume_or_segment_is_in_it() -> None:
    situation = Situation(
        VERSIONS, ModelChoice("/home/meier/patient.pth"), "/home/meier/patient.pth: no such file"
    )
    text = settings_report(situation, installed_version)
    assert "meier" not in text and "patient" not in text
    assert "Model: not loaded (device auto, precision auto)" in text and "Last segmentation: none" in text
