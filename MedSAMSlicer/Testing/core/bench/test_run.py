"""The benchmark as a whole, at a reduced size."""

from __future__ import annotations

import getpass
import json
import os
import platform
import tempfile
from pathlib import Path

import pytest

from medsam_core.bench import run_bench


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    before = os.environ.get("MEDSAM_CACHE")
    path = tmp_path_factory.mktemp("bench") / "figures.json"
    steps: list[tuple] = []
    run_bench(path, quick=True, progress=lambda *step: steps.append(step))
    assert os.environ.get("MEDSAM_CACHE") == before
    dones = [done for done, _, _ in steps]
    assert dones == sorted(dones) and all(done <= total for done, total, _ in steps)
    return path.read_text()


@pytest.fixture(scope="module")
def figures(text: str) -> dict:
    return json.loads(text)


def test_encoder_rows_have_the_promised_fields_and_their_ratio(figures: dict) -> None:
    assert figures["encoder"]
    for row in figures["encoder"]:
        assert {"model", "device", "backend", "precision", "weights", "reference"} <= row.keys()
        assert row["seconds"] > 0 and row["reference_seconds"] > 0
        assert row["ratio"] == pytest.approx(row["reference_seconds"] / row["seconds"], rel=0.05, abs=0.02)


def test_an_fp32_encoder_gives_the_references_numbers_and_masks(figures: dict) -> None:
    rows = [row for row in figures["encoder"] if row["precision"] == "fp32" and row["device"] == "cpu"]
    assert {row["backend"] for row in rows} >= {"torch"}
    for row in rows:
        assert row["relative_error"] < 1e-5
        assert row["mask_dice_against_fp32"] > 0.999


def test_masks_of_random_weights_are_marked_as_such(figures: dict) -> None:
    for row in figures["encoder"]:
        assert row["masks_mean_something"] == ("random" not in row["weights"])


def test_prompt_rows_have_the_promised_fields(figures: dict) -> None:
    assert figures["prompt_to_mask"]
    for row in figures["prompt_to_mask"]:
        assert {"model", "boxes", "p50_ms", "p95_ms"} <= row.keys()
        assert 0 < row["p50_ms"] <= row["p95_ms"]


def test_our_preparation_of_a_slice_is_the_published_one(figures: dict) -> None:
    assert figures["slice_to_input"]["largest_difference"] == 0


def test_the_volume_ran_by_itself_and_its_memory_is_told(figures: dict) -> None:
    volume = figures["volume"]
    assert volume["seconds_per_slice"] == pytest.approx(volume["seconds"] / volume["size_ijk"][2], abs=0.01)
    assert figures["peak_rss_mb"] == volume["peak_rss_mb"]


def test_the_figures_name_the_machine_but_not_its_owner(text: str, figures: dict) -> None:
    assert {"cpu", "cores", "torch_threads", "versions", "load_average"} <= figures["machine"].keys()
    private = [
        platform.node(),
        str(Path.home()) + os.sep,
        f"/{getpass.getuser()}/",
        tempfile.gettempdir() + os.sep,
    ]
    assert [name for name in private if name and name in text] == []
