"""The strip of confidences."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.geometry import Geometry
from medsam_core.interaction.strip import EMPTY, ramp_colour, strip_cells
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid


def lightness(colour: str) -> float:
    """Relative luminance of "#rrggbb"."""
    channels = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return sum(w * c**2.2 for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


@given(st.floats(0, 1), st.floats(0, 1))
def test_less_sure_is_lighter_whatever_colours_an_eye_sees(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert lightness(ramp_colour(low)) >= lightness(ramp_colour(high)) - 0.01


def test_a_cell_stands_for_each_slice_from_the_first_to_the_last() -> None:
    grid = SliceGrid.along(Geometry((9, 8, 20), np.eye(4)))
    run = SegmentRun.begin("s", SegmentPrompt("s", 1, (Box((1, 1, 7), (5, 5, 7)),)), grid)
    for index, value in ((7, 255), (9, 255), (6, 0)):
        values = np.full((2, 2), value, np.uint8)
        run.take(SliceResult(index, (1, 1), values, 0.5))
    cells = strip_cells(run)
    assert [cell["index"] for cell in cells] == [6, 7, 8, 9]
    assert "nothing here" in str(cells[0]["text"])
    assert "marked by you" in str(cells[1]["text"])
    assert str(strip_cells(run, Geometry((9, 8, 20), np.eye(4)))[1]["text"]).startswith(
        "S 7.0 mm (slice 8): "
    )
    assert cells[2]["colour"] == EMPTY
    assert cells[3]["colour"] == ramp_colour(0.5)
