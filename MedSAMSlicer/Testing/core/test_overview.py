"""The overview picture is a readable PNG, whatever it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medsam_core.geometry import Geometry
from medsam_core.intensity import choose_window
from medsam_core.overview import write_overview
from medsam_core.prompts import Box, Prompts
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord
from medsam_core.volume import Volume


@pytest.mark.parametrize("shape", [(20, 30, 40), (1, 30, 40), (1, 30, 40, 3)])
def test_a_png_is_written_for_volumes_pictures_and_colour(tmp_path: Path, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    volume = Volume(rng.integers(0, 255, shape, dtype=np.uint8), Geometry(shape[2::-1], np.eye(4)))
    labels = np.zeros(shape[:3], np.uint8)
    labels[:, 5:15, 8:20] = 1
    record = SegmentRecord(1, "liver", int(labels.sum()), 1.0, dict.fromkeys(range(shape[0]), 0.9))
    result = SegmentationResult(labels, volume.geometry, (record,), choose_window(volume, "none"))
    prompts = Prompts.from_boxes([Box((8, 5, 0), (19, 14, shape[0] - 1))])
    write_overview(result, volume, prompts, tmp_path / "overview.png", title="a case")
    with Image.open(tmp_path / "overview.png") as picture:
        picture.load()
        assert min(picture.size) > 300


def test_names_that_no_font_can_draw_do_no_harm(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    volume = Volume(np.zeros((1, 20, 20), np.uint8), Geometry((20, 20, 1), np.eye(4)))
    labels = np.ones((1, 20, 20), np.uint8)
    record = SegmentRecord(1, "\u809d $x^ [b]", 400, None, {0: 0.5})
    result = SegmentationResult(labels, volume.geometry, (record,), choose_window(volume, "none"))
    prompts = Prompts.from_boxes([Box((2, 2, 0), (9, 9, 0))])
    write_overview(result, volume, prompts, tmp_path / "o.png", title="im\udcff\x1b $")
    assert (tmp_path / "o.png").stat().st_size > 1000
    assert capfd.readouterr().err == ""
