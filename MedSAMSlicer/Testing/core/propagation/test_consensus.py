"""Three directions agree on an object, and where they do not, the confidence says so."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import Cancelled
from medsam_core.geometry import Geometry
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.inference.predictor import Predictor
from medsam_core.intensity import choose_window
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.metrics import dice
from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.consensus import ConsensusPropagation
from medsam_core.propagation.roi import RoiPropagation
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.segmentation_result import StopRecord
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.oracle import OracleFaults, OracleSlices
from testkit.tiny_models import a_tiny_model

STRETCHED = Geometry((44, 40, 16), np.diag([1.0, 1.0, 2.5, 1.0]))


def an_egg(shape=(36, 40, 44), steps=(1.0, 1.0, 1.0), centre=(18, 20, 21), radius=12.0) -> np.ndarray:
    k, j, i = (s * (g - c) for s, g, c in zip(steps, np.indices(shape), centre, strict=True))
    return k**2 + 1.4 * j**2 + 0.8 * i**2 <= radius**2


def noise(*size_ijk: int) -> Volume:
    values = np.random.default_rng(0).integers(0, 255, size_ijk[::-1]).astype(np.uint8)
    return Volume(values, Geometry(size_ijk, np.eye(4)))


def around(truth: np.ndarray) -> Box:
    k, j, i = np.nonzero(truth)
    return Box((int(i.min()), int(j.min()), int(k.min())), (int(i.max()), int(j.max()), int(k.max())))


def on_slice(truth: np.ndarray, k: int) -> Box:
    (i0, j0, _), (i1, j1, _) = around(truth[k : k + 1]).min_ijk, around(truth[k : k + 1]).max_ijk
    return Box((i0, j0, k), (i1, j1, k))


def run(segment: SegmentPrompt, slices: SlicePredictor) -> tuple[dict[int, SliceMask], np.ndarray]:
    masks = {s.index: s for s in ConsensusPropagation().run(segment, slices) if isinstance(s, SliceMask)}
    result = np.zeros((slices.count, *slices.shape_yx), bool)
    for index, mask in masks.items():
        result[index] = mask.mask_yx
    return masks, result


def test_three_true_directions_give_the_truth_and_are_sure() -> None:
    truth = an_egg()
    masks, result = run(SegmentPrompt("egg", 1, (around(truth),)), OracleSlices(truth))
    assert dice(result, truth) > 0.999
    assert list(masks) == list(around(truth).slices_k)
    assert min(m.confidence for m in masks.values()) > 0.95


def test_voxels_that_are_not_cubes_are_asked_on_square_pixels() -> None:
    truth = an_egg((16, 40, 44), (2.5, 1.0, 1.0), (8, 20, 21))
    volume = Volume(np.where(truth, 200, 50).astype(np.uint8), STRETCHED)
    slices = OracleSlices(truth, stack=SliceStack(volume, choose_window(volume, "none")))
    _, result = run(SegmentPrompt("egg", 1, (around(truth),)), slices)
    assert dice(result, truth) > 0.97


def test_mistakes_of_one_direction_are_outvoted_and_lower_the_confidence() -> None:
    truth = an_egg()
    segment = SegmentPrompt("egg", 1, (around(truth),))
    masks, result = run(segment, OracleSlices(truth, missed=[15, 20]))
    assert dice(result, truth) > 0.98
    assert masks[15].area and masks[20].area
    assert max(masks[15].confidence, masks[20].confidence) < min(
        m.confidence for k, m in masks.items() if k not in (15, 20)
    )


def test_it_is_nearer_to_the_truth_than_one_direction_that_errs() -> None:
    truth = an_egg()
    slices = OracleSlices(truth, faults=OracleFaults(edge=0.15, misses=0.1, leaks=0.1, seed=3))
    segment = SegmentPrompt("egg", 1, (around(truth),))
    _, fused = run(segment, slices)
    alone = np.zeros_like(truth)
    for step in RoiPropagation().run(segment, slices):
        alone[step.index] = step.mask_yx
    assert dice(fused, truth) > dice(alone, truth) + 0.02


def test_a_box_on_one_slice_is_followed_to_its_ends_first() -> None:
    truth = an_egg()
    steps = list(
        ConsensusPropagation().run(SegmentPrompt("egg", 1, (on_slice(truth, 18),)), OracleSlices(truth))
    )
    stops = [s for s in steps if isinstance(s, StopRecord)]
    assert {s.direction for s in stops} == {"up", "down"}
    masks = {s.index: s for s in steps if isinstance(s, SliceMask)}
    assert abs(min(masks) - around(truth).min_ijk[2]) <= 1
    assert all(dice(m.mask_yx, truth[k]) > 0.9 for k, m in masks.items() if 9 < k < 27)


def test_what_the_user_draws_or_clicks_is_not_outvoted() -> None:
    truth = an_egg()
    drawn = np.zeros_like(truth[16])
    drawn[10:14, 10:14] = True
    segment = SegmentPrompt("egg", 1, (around(truth),), (Point((21, 20, 20)),), (MaskPrompt.of(16, drawn),))
    masks, _ = run(segment, OracleSlices(truth, missed=[20]))
    np.testing.assert_array_equal(masks[16].mask_yx, drawn)
    assert masks[16].drawn and masks[20].area == 0


def test_two_3d_boxes_are_two_regions_of_one_segment() -> None:
    truth = an_egg(centre=(10, 12, 14), radius=7) | an_egg(centre=(26, 28, 32), radius=6)
    low, high = an_egg(centre=(10, 12, 14), radius=7), an_egg(centre=(26, 28, 32), radius=6)
    _, result = run(SegmentPrompt("eggs", 1, (around(low), around(high))), OracleSlices(truth))
    assert dice(result, truth) > 0.99


def test_a_picture_is_its_own_slice() -> None:
    truth = an_egg((1, 40, 44), centre=(0, 20, 21))
    masks, result = run(SegmentPrompt("egg", 1, (on_slice(truth, 0),)), OracleSlices(truth))
    assert list(masks) == [0] and dice(result, truth) == 1


def test_slanted_slices_have_three_directions_of_their_own() -> None:
    truth = an_egg()
    geometry = Geometry((44, 40, 36), np.eye(4))
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]]
    turn[:3, 3] = (21, 20, 18)
    grid, index = SliceGrid.oblique(geometry, turn)
    slices = OracleSlices(truth).on(grid)
    slanted = np.stack([slices.truth_yx(n) for n in range(grid.count)])
    masks, result = run(SegmentPrompt("egg", 1, (around(slanted),)), slices)
    assert index in masks
    assert dice(result, slanted) > 0.97


def test_cancel_takes_effect_between_two_encoder_calls() -> None:
    volume = noise(22, 20, 8)
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 5:
            raise Cancelled("segmentation")

    stack = SliceStack(volume, choose_window(volume, "none"))
    slices = SlicePredictor(stack, Predictor(a_tiny_model("sam")), EmbeddingCache(), check)
    with pytest.raises(Cancelled):
        list(ConsensusPropagation().run(SegmentPrompt("a", 1, (Box((2, 2, 1), (19, 17, 6)),)), slices))
    assert slices.timings.encoded_slices == 5


def test_all_directions_count_into_one_cache_and_one_clock() -> None:
    volume = noise(10, 9, 6)
    stack = SliceStack(volume, choose_window(volume, "none"))
    slices = SlicePredictor(stack, Predictor(a_tiny_model("sam")), EmbeddingCache())
    list(ConsensusPropagation().run(SegmentPrompt("a", 1, (Box((1, 2, 1), (8, 6, 4)),)), slices))
    assert slices.timings.encoded_slices == 4 + 5 + 8
