"""From which slice to which a box reaches."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.session.live_prompt import LivePrompt
from medsam_core.slice_grid import SliceGrid
from medsam_viewer.through_slices import ThroughSlices

GRID = SliceGrid.along(Geometry((40, 30, 20), np.eye(4)))


def a_box(index: int, x1: int = 9) -> LivePrompt:
    """On a slice."""
    return LivePrompt.of("s", GRID, index, (2, 2, x1, 9))


@pytest.fixture
def a_span() -> ThroughSlices:
    """Of a box on slice 7."""
    span = ThroughSlices()
    span.follow(a_box(7))
    return span


def test_a_new_box_reaches_through_its_own_slice(a_span: ThroughSlices) -> None:
    assert (a_span.first, a_span.last) == (7, 7)
    a_span.extend(12)
    a_span.follow(a_box(3))
    assert (a_span.first, a_span.last) == (3, 3)


def test_a_box_that_is_changed_keeps_its_span(a_span: ThroughSlices) -> None:
    a_span.extend(12)
    a_span.follow(a_box(7, x1=20))
    assert (a_span.first, a_span.last) == (7, 12)


def test_the_nearer_end_moves(a_span: ThroughSlices) -> None:
    for index, span in ((12, (7, 12)), (4, (4, 12)), (11, (4, 11)), (5, (5, 11)), (0, (0, 11))):
        a_span.extend(index)
        assert (a_span.first, a_span.last) == span


def test_what_is_typed_counts_from_one_and_nonsense_changes_nothing(a_span: ThroughSlices) -> None:
    a_span.set_end("first", "3")
    a_span.set_end("last", "9.0")
    assert (a_span.first, a_span.last) == (2, 8)
    for text in ("", "x", "nan", "inf", "1e999"):
        a_span.set_end("last", text)
    a_span.set_end("middle", "5")
    assert (a_span.first, a_span.last) == (2, 8)
