"""Volumes of segments, on a real scene."""

from __future__ import annotations

import time

import numpy as np
import pytest

from testkit.opened_volumes import a_block, an_opened_volume
from testkit.segments import edit

pytest.importorskip("slicer")

from medsam_viewer import segment_sizes
from medsam_viewer.open_volume import OpenVolume
from medsam_viewer.segment_sizes import SegmentSizes


@pytest.fixture
def an_opened() -> OpenVolume:
    """A volume of 2 x 2 x 2.5 mm voxels (0.01 ml) with two empty segments."""
    return an_opened_volume("one", "two")


def test_sizes_follow_every_write_undo_and_redo(an_opened: OpenVolume) -> None:
    sizes = SegmentSizes()
    one, two = (info.segment_id for info in an_opened.writer.segments())

    def now() -> tuple[float, float]:
        found = sizes.millilitres(an_opened)
        return round(found[one], 6), round(found[two], 6)

    assert now() == (0, 0)
    an_opened.writer.write([edit(one, a_block(3))])
    assert now() == (1, 0)
    an_opened.writer.write([edit(two, a_block(5) | a_block(6)), edit(one, a_block(4), "add")])
    assert now() == (2, 2)
    an_opened.writer.undo()
    assert now() == (1, 0)
    an_opened.writer.redo()
    assert now() == (2, 2)
    an_opened.writer.write([edit(one, a_block(3), "erase")])
    assert now() == (1, 2)


def test_segments_that_share_a_labelmap_and_such_that_overlap_are_each_counted(
    an_opened: OpenVolume,
) -> None:
    one, two = (info.segment_id for info in an_opened.writer.segments())
    an_opened.writer.editor_node.SetOverwriteMode(an_opened.writer.editor_node.OverwriteNone)
    an_opened.writer.write([edit(one, a_block(3))])
    an_opened.writer.write([edit(two, a_block(3) | a_block(4))])
    found = SegmentSizes().millilitres(an_opened)
    assert (round(found[one], 6), round(found[two], 6)) == (1, 2)


def test_nothing_is_counted_twice(an_opened: OpenVolume, monkeypatch: pytest.MonkeyPatch) -> None:
    one = an_opened.writer.segments()[0].segment_id
    an_opened.writer.write([edit(one, a_block(3))])
    counts = []
    count = segment_sizes._count
    monkeypatch.setattr(segment_sizes, "_count", lambda *given: counts.append(given) or count(*given))
    sizes = SegmentSizes()
    sizes.millilitres(an_opened)
    first = len(counts)
    for _ in range(5):
        sizes.millilitres(an_opened)
    assert len(counts) == first
    an_opened.writer.write([edit(one, a_block(4), "add")])
    assert round(sizes.millilitres(an_opened)[one], 6) == 2


def test_an_unchanged_segmentation_costs_no_time() -> None:
    shape = (60, 512, 512)
    opened = an_opened_volume("one", shape=shape)
    segment = opened.writer.segments()[0].segment_id
    opened.writer.write([edit(segment, np.ones(shape, bool))])
    sizes = SegmentSizes()
    assert sizes.millilitres(opened)[segment] == pytest.approx(np.prod(shape) / 100)
    started = time.perf_counter()
    for _ in range(100):
        sizes.millilitres(opened)
    assert time.perf_counter() - started < 0.5
