"""The summary shows names as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.cli.outputs import Outputs
from medsam_core.cli.summary import print_summary
from medsam_core.geometry import Geometry
from medsam_core.intensity import choose_window
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord, StopRecord
from medsam_core.volume import Volume


def test_brackets_in_names_are_letters_and_every_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    volume = Volume(np.zeros((2, 3, 3), np.uint8), Geometry((3, 3, 2), np.eye(4)))
    stop = StopRecord("up", 1, "the volume ends")
    record = SegmentRecord(1, "[/nope] [red]x", 3, 0.5, {0: 0.8, 1: 0.6}, (stop,))
    result = SegmentationResult(
        np.zeros((2, 3, 3), np.uint8),
        volume.geometry,
        (record,),
        choose_window(volume, "none"),
        notes=("[b]n",),
    )
    print_summary(result, Outputs(Path("o[red]x.nrrd"), Path("r.json")), single_slice=False)
    out = capsys.readouterr().out
    assert "[/nope] [red]x" in out and "wrote o[red]x.nrrd" in out and "wrote r.json" in out
    assert "the volume ends" in out and "note: [b]n" in out
