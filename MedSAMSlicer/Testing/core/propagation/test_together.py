"""Side by side, each segment gets what it would get alone, and slices are encoded once."""

from __future__ import annotations

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.intensity import choose_window
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.propagation.strategies import make_strategy
from medsam_core.propagation.together import run_together


@pytest.fixture(scope="module")
def slices() -> SlicePredictor:
    values = np.random.default_rng(0).integers(0, 255, (12, 48, 64)).astype(np.uint8)
    values[2:10, 10:30, 8:28] = 240
    values[4:, 12:40, 36:60] = 10
    volume = medsam.Volume(values, medsam.Geometry((64, 48, 12), np.eye(4)))
    model = medsam.load_model("demo", device="cpu", precision="fp32")
    return SlicePredictor(
        SliceStack(volume, choose_window(volume, "none")), medsam.Predictor(model), EmbeddingCache()
    )


SEGMENTS = medsam.Prompts.from_boxes(
    [
        medsam.Box((6, 8, 2), (30, 32, 9)),
        medsam.Box((34, 10, 4), (61, 42, 11)),
        medsam.Box((2, 2, 0), (20, 20, 3)),
    ]
).segments


@pytest.mark.parametrize("name", ["roi", "track", "anchors"])
def test_each_segment_gets_what_it_would_get_alone(name: str, slices: SlicePredictor) -> None:
    strategy = make_strategy(name)
    together: list[list] = [[], [], []]
    for place, step in run_together(strategy, SEGMENTS, slices):
        together[place].append(step)
    for segment, steps in zip(SEGMENTS, together, strict=True):
        alone = list(strategy.run(segment, slices))
        assert [s.index for s in steps] == [s.index for s in alone]
        for one, other in zip(steps, alone, strict=True):
            if isinstance(one, SliceMask):
                assert np.array_equal(one.mask_yx, other.mask_yx)
            else:
                assert one == other


def test_slices_stay_side_by_side_so_that_a_small_cache_is_enough(slices: SlicePredictor) -> None:
    one = slices.embedding(0).nbytes
    small = SlicePredictor(slices.stack, slices._predictor, EmbeddingCache(ram_bytes=6 * one))
    for _ in run_together(make_strategy("roi"), SEGMENTS, small):
        pass
    assert small.timings.encoded_slices == 12


def test_closing_the_run_closes_every_segments_run(slices: SlicePredictor) -> None:
    run = run_together(make_strategy("roi"), SEGMENTS, slices)
    next(run)
    run.close()
    assert next(run, None) is None
