"""What is kept of a mask is enough to write it exactly, and small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.geometry import Geometry
from medsam_core.label_canvas import LabelCanvas
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid

SHAPE = (9, 11)
OBLIQUE = np.array([[0.9, -0.3, 0, 1], [0.3, 0.9, 0.1, 0], [0, 0, 1.1, 0], [0, 0, 0, 1.0]])


@st.composite
def masks(draw: st.DrawFn) -> SliceMask:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    probability = rng.random(SHAPE).astype(np.float32)
    if draw(st.booleans()):
        probability = np.round(probability, 1)  # many values on the border
    mask_yx = probability >= draw(st.sampled_from([0.2, 0.5, 0.7, 2.0]))
    if draw(st.booleans()):
        mask_yx[:, :4] = mask_yx[5:] = False
    return SliceMask(1, mask_yx, probability, 0.5, (1.0, 2.0, 3.0, 4.0), draw(st.booleans()))


@given(masks(), st.booleans())
def test_mask_and_facts_come_back_exactly(mask: SliceMask, is_native: bool) -> None:
    kept = SliceResult.of(mask, is_native)
    np.testing.assert_array_equal(kept.mask_yx(SHAPE), mask.mask_yx)
    back = kept.to_slice_mask(SHAPE)
    np.testing.assert_array_equal(back.mask_yx, mask.mask_yx)
    assert kept.area == mask.area
    assert (back.index, back.confidence, back.box_xyxy, back.drawn) == (1, 0.5, mask.box_xyxy, mask.drawn)
    np.testing.assert_array_equal(kept.to_prompt(SHAPE).mask_yx(SHAPE), mask.mask_yx)


@pytest.mark.parametrize("grid", [SliceGrid((11, 9, 3), np.eye(4), "k"), SliceGrid((11, 9, 3), OBLIQUE)])
@given(first=masks(), second=masks())
def test_painting_what_is_kept_is_painting_the_mask_itself(
    grid: SliceGrid, first: SliceMask, second: SliceMask
) -> None:
    labels = []
    for keep in (False, True):
        canvas = LabelCanvas(Geometry((11, 9, 3), np.eye(4)), grid, (1, 2))
        for place, mask in enumerate((first, second)):
            kept = SliceResult.of(mask, grid.is_native).to_slice_mask(SHAPE)
            canvas.paint(place, kept if keep else mask)
        labels.append(canvas.finish())
    np.testing.assert_array_equal(*labels)


def test_an_organ_on_400_slices_in_four_segments_takes_megabytes_not_gigabytes() -> None:
    y, x = np.indices((512, 512))
    inside = np.exp(-(((y - 250) ** 2 + (x - 260) ** 2) / 90.0**2)).astype(np.float32)
    mask = SliceMask(0, inside > 0.5, inside, 0.9, logits=np.zeros((1, 256, 256), np.float32))
    one = SliceResult.of(mask, is_native=True).nbytes
    assert one * 400 * 4 < 60e6
    assert SliceResult.of(mask, is_native=False).nbytes * 400 * 4 < 120e6


@pytest.mark.parametrize("is_native", [True, False])
def test_pixels_asked_one_by_one_say_what_the_whole_mask_says(is_native: bool) -> None:
    mask = np.zeros((9, 11), bool)
    mask[3:7, 2:8] = True
    mask[4, 4] = False
    result = SliceResult.of(SliceMask(0, mask, mask.astype(np.float32), 0.5), is_native)
    rows, columns = np.indices(mask.shape)
    np.testing.assert_array_equal(result.covers(rows.ravel(), columns.ravel()), mask.ravel())
    outside = np.array([-1, 9, 500])
    assert not result.covers(outside, outside).any()
