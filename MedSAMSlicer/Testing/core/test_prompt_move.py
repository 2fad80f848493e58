"""Prompts keep their place in the patient when they go to another volume's voxels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompt_move import PromptMove
from testkit.memory import memory_below

SIZE = (30, 24, 12)
STAY = PromptMove(np.eye(4), SIZE)


def stretched(i: float, j: float, k: float, size: tuple[int, int, int]) -> PromptMove:
    """Onto voxels that are i, j and k times as many, outer faces on outer faces."""
    matrix = np.diag([i, j, k, 1.0])
    matrix[:3, 3] = [(factor - 1) / 2 for factor in (i, j, k)]
    return PromptMove(matrix, size)


@st.composite
def boxes(draw: st.DrawFn) -> medsam.Box:
    low = [draw(st.integers(0, n - 3)) for n in SIZE]
    high = [draw(st.integers(a + 1, n - 1)) for a, n in zip(low, SIZE, strict=True)]
    if draw(st.booleans()):
        high[2] = low[2]
    return medsam.Box(tuple(low), tuple(high))


@settings(max_examples=80, deadline=None)
@given(boxes(), st.integers(0, 2**30))
def test_on_the_same_voxels_every_prompt_is_the_same(box: medsam.Box, seed: int) -> None:
    numbers = np.random.default_rng(seed)
    noise = np.eye(4)
    noise[:3] += numbers.uniform(-1e-7, 1e-7, (3, 4))
    mask = MaskPrompt.of(3, numbers.random(SIZE[1::-1]) > 0.9)
    empty = MaskPrompt.of(5, np.zeros(SIZE[1::-1], bool))
    points = (medsam.Point(box.min_ijk), medsam.Point(box.max_ijk, False))
    prompt = medsam.SegmentPrompt("a", 1, (box,), points, (mask, empty))
    assert PromptMove(noise, SIZE).segment(prompt) == prompt


@settings(max_examples=80, deadline=None)
@given(boxes(), st.tuples(*[st.integers(1, 4)] * 3))
def test_a_box_goes_to_finer_voxels_and_back(box: medsam.Box, times: tuple[int, int, int]) -> None:
    size = tuple(n * t for n, t in zip(SIZE, times, strict=True))
    there = stretched(*times, size=size)
    fine = there.box(box)
    assert fine.size_ijk[:2] == tuple(n * t for n, t in zip(box.size_ijk, times, strict=True))[:2]
    assert (fine.size_ijk[2] == 1) == (box.size_ijk[2] == 1)
    assert PromptMove(np.linalg.inv(there.ijk_to_ijk), SIZE).box(fine) == box


def test_a_box_keeps_two_columns_and_rows_on_coarser_voxels() -> None:
    coarse = stretched(0.1, 0.1, 1, size=(3, 3, 12))
    assert coarse.box(medsam.Box((14, 4, 3), (16, 6, 3))).size_ijk == (2, 2, 1)
    assert coarse.box(medsam.Box((28, 22, 3), (29, 23, 3))).max_ijk[:2] == (2, 2)


def test_a_slight_tilt_leaves_one_slice_one_slice() -> None:
    angle = np.deg2rad(8)
    tilt = np.eye(4)
    tilt[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    moved = PromptMove(tilt, (200, 200, 60)).box(medsam.Box((0, 0, 20), (150, 150, 20)))
    assert moved.size_ijk[2] == 1


def test_what_reaches_beyond_is_cut_and_what_lies_beyond_is_refused() -> None:
    away = np.eye(4)
    away[0, 3] = 20
    move = PromptMove(away, SIZE)
    assert move.box(medsam.Box((0, 1, 2), (15, 9, 4))) == medsam.Box((20, 1, 2), (29, 9, 4))
    for thing in (
        medsam.SegmentPrompt("liver", 1, (medsam.Box((11, 1, 2), (15, 9, 4)),)),
        medsam.SegmentPrompt("liver", 1, points=(medsam.Point((10, 0, 0)),)),
        medsam.SegmentPrompt("liver", 1, masks=(MaskPrompt(2, (12, 3), (4, 2), b"\xff"),)),
    ):
        with pytest.raises(PromptError, match=r"'liver': .* lies outside of the other volume; register"):
            move.segment(thing)


def test_a_mask_is_seen_as_it_is_on_flipped_and_on_finer_voxels() -> None:
    mask = np.random.default_rng(0).random((24, 30)) > 0.5
    given = MaskPrompt.of(4, mask)
    flip = np.diag([-1.0, 1, -1, 1])
    flip[:3, 3] = 29, 0, 11
    flipped = PromptMove(flip, SIZE).mask(given)
    assert flipped.k == 7
    np.testing.assert_array_equal(flipped.mask_yx((24, 30)), mask[:, ::-1])
    finer = stretched(3, 2, 5, (90, 48, 60)).mask(given)
    assert finer.k == 22
    np.testing.assert_array_equal(finer.mask_yx((48, 90)), np.kron(mask, np.ones((2, 3), bool)))
    shear = np.eye(4)
    shear[0, 2] = 0.5  # a tilted gantry: two pixels aside on slice 4
    sheared = PromptMove(shear, (40, 24, 12)).mask(given)
    np.testing.assert_array_equal(sheared.mask_yx((24, 40))[:, 2:32], mask)


def test_masks_that_fall_on_one_slice_are_united() -> None:
    one, two = (MaskPrompt.of(k, np.random.default_rng(k).random((24, 30)) > 0.8) for k in (4, 5))
    prompt = medsam.SegmentPrompt("a", 1, masks=(one, two))
    (mask,) = stretched(1, 1, 0.5, (30, 24, 6)).segment(prompt).masks
    expected = one.mask_yx((24, 30)) | two.mask_yx((24, 30))
    np.testing.assert_array_equal(mask.mask_yx((24, 30)), expected)


def test_a_mask_too_thin_for_coarse_voxels_does_not_become_none() -> None:
    dot = np.zeros((24, 30), bool)
    dot[7, 8] = True
    coarse = stretched(0.25, 0.25, 1, (7, 6, 12)).mask(MaskPrompt.of(4, dot))
    assert coarse.mask_yx((6, 7)).sum() == 1


@pytest.mark.parametrize("scale", [4e-4, 1e-6])
def test_a_huge_mask_moves_in_no_more_memory_than_the_other_volume_asks_for(scale: float) -> None:
    huge = MaskPrompt(0, (0, 0), (1 << 12, 1 << 12), b"\xff" * (1 << 21))
    move = stretched(scale, scale, 1, (30, 24, 12))
    with memory_below(150):
        moved = move.mask(huge)
    assert moved.mask_yx((24, 30)).sum() == (1 if scale == 1e-6 else 4)
