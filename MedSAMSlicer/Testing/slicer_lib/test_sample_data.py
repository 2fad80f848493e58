"""What the sample data of Slicer offers."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import url2pathname

import numpy as np
import pytest

from medsam_core.demo_case import DemoCase
from medsam_core.resources import resource_path
from medsam_core.segmentation_reader import read_segmentation
from medsam_core.volume_reader import read_volume
from MedSAMSlicerLib.sample_data import register_sample_data


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is registered."""
    told: dict[str, Any] = {}
    logic = SimpleNamespace(registerCustomSampleDataSource=told.update)
    monkeypatch.setitem(sys.modules, "SampleData", SimpleNamespace(SampleDataLogic=logic))
    register_sample_data(resource_path("DemoCase").parent)
    return told


def files_of(offered: dict[str, Any]) -> list[Path]:
    return [Path(url2pathname(uri.removeprefix("file:"))) for uri in offered["uris"]]


def test_the_demo_case_is_offered_with_files_that_are_there(offered: dict[str, Any]) -> None:
    assert all(path.is_file() for path in (*files_of(offered), Path(offered["thumbnailFileName"])))
    assert len(offered["uris"]) == len(offered["fileNames"]) == len(offered["nodeNames"]) == 2


def test_its_truth_has_the_name_of_what_it_is_and_every_voxel(offered: dict[str, Any]) -> None:
    path, truth = files_of(offered)[1], read_volume(DemoCase.bundled().truth)
    (segment,) = read_segmentation(path).segments
    assert segment.name == "tumour as drawn"
    same = read_volume(path)
    assert same.geometry.agrees_with(truth.geometry)
    np.testing.assert_array_equal(same.array_kji, truth.array_kji)
