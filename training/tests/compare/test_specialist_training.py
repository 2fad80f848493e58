"""Specialists are trained once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from medsam_core.errors import OptionError, OutputError
from medsam_training.compare.specialist_config import SpecialistConfig
from medsam_training.compare.specialist_training import trained_specialist, training_seconds
from medsam_training.prepared_set.manifest_file import read_manifest, write_manifest

Training = Callable[..., SpecialistConfig]


def test_a_trained_one_is_found_and_its_seconds_are_known(a_training: Training) -> None:
    folder = trained_specialist(a_training())
    before = folder.last.stat().st_mtime_ns
    again = trained_specialist(a_training("unet", "loop.pictures=true", "data.workers=1"))
    assert again.last.stat().st_mtime_ns == before
    assert training_seconds(again) > 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("optimiser.rate=0.5", r"optimiser.rate was 0.001, not 0.5"),
        ("network.width=16", "network.width was 8, not 16"),
        ("data.labels=[disc]", r"data.labels was \[\], not \['disc'\]"),
    ],
)
def test_one_that_was_trained_otherwise_is_refused(a_training: Training, change: str, told: str) -> None:
    trained_specialist(a_training())
    with pytest.raises(OptionError, match=told):
        trained_specialist(a_training("unet", change))


def test_other_data_is_told_even_in_the_same_folder(
    a_training: Training, shapes_set: Path, tmp_path: Path
) -> None:
    config = a_training()
    trained_specialist(config)
    other = tmp_path / "other"
    other.mkdir()
    (other / "arrays").symlink_to(shapes_set / "arrays")
    manifest, _ = read_manifest(shapes_set)
    write_manifest(other, dataclasses.replace(manifest, cases=manifest.cases[:-1]))
    with pytest.raises(OptionError, match="holds a unet that was trained on other data"):
        trained_specialist(config.model_copy(update={"data_set": str(other)}))


def test_a_damaged_summary_is_told(a_training: Training) -> None:
    folder = trained_specialist(a_training())
    folder.summary.write_text("{")
    with pytest.raises(OutputError, match=r"summary.json: is damaged"):
        trained_specialist(a_training())
