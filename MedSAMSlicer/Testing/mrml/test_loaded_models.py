"""Models loaded once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from medsam_core.checkpoints.names import locate_checkpoint
from medsam_core.errors import CheckpointError
from medsam_core.mrml.loaded_models import LoadedModels


def test_a_model_is_loaded_once_by_whatever_name() -> None:
    models = LoadedModels()
    first = models.get("demo", device="cpu", precision="fp32")
    assert models.get("demo", device="cpu", precision="fp32") is first
    assert models.get(locate_checkpoint("demo"), device="cpu", precision="fp32") is first
    assert models.get(first) is first


def test_a_file_that_was_replaced_is_loaded_anew_and_the_oldest_is_dropped(tmp_path: Path) -> None:
    models = LoadedModels()
    path = tmp_path / "mine.safetensors"
    shutil.copy(locate_checkpoint("demo"), path)
    first = models.get(path, device="cpu", precision="fp32")
    os.utime(path, ns=(1, 1))
    second = models.get(path, device="cpu", precision="fp32")
    assert second is not first
    models.get("demo", device="cpu", precision="fp32")
    assert models.get(path, device="cpu", precision="fp32") is second


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(CheckpointError, match="no-such: there is no such file"):
        LoadedModels().get("no-such")
