"""The program measures cases of a manifest, keeps what it has, and prints tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from medsam_core.bench.encoded_once import EncodedOnce
from medsam_core.bench.propagation_table import main
from medsam_core.formats.nifti_writer import write_nifti
from medsam_core.geometry import Geometry
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.inference.predictor import Predictor
from medsam_core.intensity import choose_window
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.volume import Volume
from testkit.tiny_models import a_tiny_model


@pytest.fixture
def a_data_folder(tmp_path: Path) -> Path:
    labels = np.zeros((9, 30, 32), np.uint8)
    labels[2:7, 8:20, 9:22] = 1
    grey = np.where(labels, 180, 60).astype(np.uint8)
    grey += np.random.default_rng(0).integers(0, 20, grey.shape).astype(np.uint8)
    geometry = Geometry((32, 30, 9), np.eye(4))
    write_nifti(tmp_path / "image.nii.gz", grey, geometry)
    write_nifti(tmp_path / "mask.nii.gz", labels, geometry)
    item = {"set": "blocks", "case": "one", "image": "image.nii.gz", "mask": "mask.nii.gz", "split": "test"}
    sets = {"blocks": {"dim": "3D", "labels": {"1": "block"}}}
    (tmp_path / "manifest.json").write_text(json.dumps({"sets": sets, "items": [item]}))
    return tmp_path


def test_a_folder_is_measured_once_and_printed_again(
    a_data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = a_data_folder / "table.json"
    arguments = ["--data", str(a_data_folder), "--json", str(table), "--oracle-splits", "test"]
    main(arguments)
    first = capsys.readouterr().out
    rows = json.loads(table.read_text())
    assert {row["strategy"] for row in rows["model"]} == {"roi", "track", "anchors", "consensus"}
    assert rows["oracle"] and rows["oracle with faults"]
    assert all(row["seconds"] > 0 for row in rows["model"])
    main(arguments)
    again = capsys.readouterr().out
    assert again.strip() == first[first.index("### The model") :].strip()


def test_a_run_knows_what_it_would_have_had_to_encode_by_itself() -> None:
    values = np.random.default_rng(0).integers(0, 255, (4, 20, 22)).astype(np.uint8)
    volume = Volume(values, Geometry((22, 20, 4), np.eye(4)))
    shared, predictor = EmbeddingCache(), Predictor(a_tiny_model("sam"))
    caches = [EncodedOnce(shared), EncodedOnce(shared)]
    for cache in caches:
        slices = SlicePredictor(SliceStack(volume, choose_window(volume, "none")), predictor, cache)
        for index in (0, 1, 1, 2):
            slices.masks(index, [SlicePrompt((2.0, 2.0, 15.0, 15.0))])
    assert [cache.found for cache in caches] == [0, 3]
    assert slices.timings.encoded_slices == 0
