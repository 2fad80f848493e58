"""The summary shows names as they are, and says what to do with a single slice."""

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
    print_summary(result, Outputs(Path("o[red]x.nrrd"), Path("r.json")), propagation="track")
    out = capsys.readouterr().out
    assert "[/nope] [red]x" in out and "wrote o[red]x.nrrd" in out and "wrote r.json" in out
    assert "the volume ends" in out and "note: [b]n" in out


@pytest.mark.parametrize(
    ("propagation", "slices", "hint"),
    [
        ("roi", 1, "track follows"),
        ("anchors", 1, "each --box is an object of its own"),
        ("track", 1, None),
        ("anchors", 2, None),
    ],
)
def test_one_slice_of_a_volume_brings_the_way_to_more(
    propagation: str, slices: int, hint: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    volume = Volume(np.zeros((2, 3, 3), np.uint8), Geometry((3, 3, 2), np.eye(4)))
    record = SegmentRecord(1, "liver", 3, 0.5, dict.fromkeys(range(slices), 0.8), ())
    window = choose_window(volume, "none")
    result = SegmentationResult(np.zeros((2, 3, 3), np.uint8), volume.geometry, (record,), window)
    print_summary(result, Outputs(Path("o.nrrd")), propagation=propagation)
    out = " ".join(capsys.readouterr().out.split())
    assert hint in out if hint else "One slice" not in out
