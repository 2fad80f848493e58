"""Simulated prompts are ones that a user could have drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.presets import PRESETS
from medsam_core.models.network import BOX_FIRST_CORNER, NEGATIVE, PADDING, POSITIVE
from medsam_training.fit.config import Prompting
from medsam_training.fit.prompt_simulation import (
    StepPlan,
    box_of,
    drawn_box,
    inner_click,
    random_click,
    simulate,
)
from medsam_training.fit.truth import truth_on


@st.composite
def masks(draw: st.DrawFn) -> np.ndarray:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    mask = rng.random((height, width)) < draw(st.sampled_from([0.02, 0.3, 0.9]))
    mask[rng.integers(height), rng.integers(width)] = True
    return mask


seeds = st.integers(0, 1 << 30)


@given(masks(), seeds, st.sampled_from(["points", "both"]), st.sampled_from(["medsam", "sam", "demo"]))
@settings(deadline=None, max_examples=150)
def test_clicks_lie_on_the_mask_and_negative_ones_beside_it(
    mask: np.ndarray, seed: int, kind: str, preset_name: str
) -> None:
    preset = PRESETS[preset_name]
    frame = ImageFrame.of(mask.shape, preset)
    plan = StepPlan(kind, 3, True, 0)
    xy, labels = simulate(
        np.random.default_rng(seed), mask, plan, Prompting(points=1.0), frame, preset.coordinates
    )
    assert len(xy) == len(labels) == (6 if kind == "both" else 5)
    assert labels[-1] == (PADDING if kind == "points" else BOX_FIRST_CORNER + 1)
    origin = frame.points_to_input(np.zeros((1, 2)), preset.coordinates)[0]
    step = frame.points_to_input(np.ones((1, 2)), preset.coordinates)[0] - origin
    for (x, y), label in zip(xy[:4], labels[:4], strict=True):
        column, row = np.rint((np.array([x, y]) - origin) / step).astype(int)
        assert mask[row, column] == (label == POSITIVE)
    assert set(labels[:3]) == {POSITIVE}
    assert labels[3] in (POSITIVE, NEGATIVE)


@given(masks(), seeds, st.floats(0, 0.4), st.floats(0, 0.6), st.sampled_from(["medsam", "sam", "demo"]))
@settings(deadline=None, max_examples=150)
def test_a_drawn_box_is_upright_and_inside_the_picture(
    mask: np.ndarray, seed: int, inward: float, outward: float, preset_name: str
) -> None:
    preset = PRESETS[preset_name]
    frame = ImageFrame.of(mask.shape, preset)
    prompting = Prompting(inward=inward, outward=outward)
    plan = StepPlan("box", 0, False, 0)
    xy, labels = simulate(np.random.default_rng(seed), mask, plan, prompting, frame, preset.coordinates)
    (x0, y0), (x1, y1) = xy
    assert labels.tolist() == [2, 3]
    assert 0 <= x0 <= x1 <= frame.resized_yx[1] + 1e-3
    assert 0 <= y0 <= y1 <= frame.resized_yx[0] + 1e-3


@given(masks(), seeds)
@settings(deadline=None)
def test_without_jitter_the_box_is_the_masks(mask: np.ndarray, seed: int) -> None:
    preset = PRESETS["medsam"]
    frame = ImageFrame.of(mask.shape, preset)
    prompting = Prompting(inward=0.0, outward=0.0)
    plan = StepPlan("box", 0, False, 0)
    xy, _ = simulate(np.random.default_rng(seed), mask, plan, prompting, frame, preset.coordinates)
    wanted = frame.boxes_to_input(box_of(mask)[None], preset.coordinates)
    np.testing.assert_allclose(xy.ravel(), wanted[0], rtol=1e-6)


@given(masks(), seeds)
@settings(deadline=None)
def test_single_clicks_are_on_the_mask(mask: np.ndarray, seed: int) -> None:
    for x, y in (random_click(np.random.default_rng(seed), mask), inner_click(mask)):
        assert mask[y, x]


def test_the_inner_click_is_the_middle_of_a_disc() -> None:
    y, x = np.mgrid[:41, :41]
    assert inner_click((y - 22) ** 2 + (x - 17) ** 2 < 81) == (17, 22)


def test_all_examples_of_a_step_show_the_same_kind_and_number_of_things() -> None:
    prompting = Prompting(box=1.0, points=1.0, both=2.0, points_max=4, negative_share=0.5)
    plans = [StepPlan.of(prompting, 3, step) for step in range(400)]
    assert plans == [StepPlan.of(prompting, 3, step) for step in range(400)]
    kinds = [plan.kind for plan in plans]
    assert [kinds.count(kind) / 400 for kind in ("box", "points", "both")] == pytest.approx(
        [0.25, 0.25, 0.5], abs=0.07
    )
    assert {plan.points for plan in plans if plan.kind != "box"} == {1, 2, 3, 4}
    assert all(plan.points == 0 and not plan.negative for plan in plans if plan.kind == "box")


@given(masks(), st.sampled_from([16, 64, 256]), st.sampled_from(["medsam", "sam", "demo"]))
@settings(deadline=None, max_examples=80)
def test_truth_on_a_canvas_has_the_slices_share_of_pixels(mask: np.ndarray, side: int, name: str) -> None:
    frame = ImageFrame.of(mask.shape, PRESETS[name])
    canvas = truth_on(mask, frame, side)
    rows, columns = (max(1, round(r * side / frame.image_size)) for r in frame.resized_yx)
    assert canvas.shape == (side, side)
    assert not canvas[rows:].any()
    assert not canvas[:, columns:].any()
    if side >= 2 * max(mask.shape):
        assert canvas.sum() / (rows * columns) == pytest.approx(mask.mean(), abs=0.6 * mask.mean())


def test_some_boxes_are_looser_than_most() -> None:
    mask = np.zeros((200, 200), bool)
    mask[50:150, 40:160] = True
    prompting = Prompting(inward=0.05, outward=0.05, loose_share=0.25, loose=2.0)
    frame, rng = ImageFrame.of(mask.shape, PRESETS["demo"]), np.random.default_rng(0)
    exact = frame.boxes_to_input(box_of(mask)[None], PRESETS["demo"].coordinates)[0]
    sides = np.tile(exact[2:] - exact[:2], 2)
    drawn = [drawn_box(rng, mask, prompting, frame, PRESETS["demo"].coordinates) for _ in range(400)]
    off = np.abs((np.array(drawn) - exact) / sides).max(1)
    assert off.max() == pytest.approx(0.1, abs=0.01)
    assert np.mean(off > 0.0505) == pytest.approx(0.25, abs=0.08)
