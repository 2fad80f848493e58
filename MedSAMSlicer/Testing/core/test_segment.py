"""The main job with the bundled model on synthetic and real volumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import medsam_core as medsam
from medsam_core.errors import Cancelled, OptionError, PromptError
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.metrics import dice


@pytest.fixture(scope="module")
def model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu", precision="fp32")


def two_balls() -> np.ndarray:
    """(12, 64, 80) uint8: a bright ball left and a dark one right on grey, with a little noise."""
    k, j, i = np.indices((12, 64, 80))
    values = np.full(k.shape, 100.0)
    values[(2.5 * (k - 6)) ** 2 + (j - 30) ** 2 + (i - 22) ** 2 < 14**2] = 200
    values[(2.5 * (k - 6)) ** 2 + (j - 34) ** 2 + (i - 56) ** 2 < 12**2] = 20
    return np.clip(values + np.random.default_rng(0).normal(0, 4, k.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def a_volume() -> medsam.Volume:
    matrix = np.array([[-0.8, 0, 0.1, 30], [0, -0.8, 0, 20], [0.1, 0, 2.5, -10], [0, 0, 0, 1.0]])
    return medsam.Volume(two_balls(), medsam.Geometry((80, 64, 12), matrix), name="two balls")


LEFT, RIGHT = medsam.Box((8, 16, 4), (36, 44, 8)), medsam.Box((44, 22, 4), (68, 46, 8))


def test_labels_lie_on_the_volumes_own_grid(a_volume: medsam.Volume, model: medsam.Model) -> None:
    result = medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT, RIGHT]), model)
    assert result.labels_kji.shape == a_volume.array_kji.shape
    assert result.geometry is a_volume.geometry
    assert set(np.unique(result.labels_kji)) == {0, 1, 2}


def test_a_bright_and_a_dark_ball_are_found(a_volume: medsam.Volume, model: medsam.Model) -> None:
    result = medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT, RIGHT]), model)
    grey = a_volume.array_kji.astype(int)
    inside = np.isin(np.arange(12), range(4, 9))[:, None, None]
    assert dice(result.labels_kji == 1, (grey > 150) & inside) > 0.85
    assert dice(result.labels_kji == 2, (grey < 60) & inside) > 0.85


def test_roi_writes_the_slices_of_the_box_and_no_others(a_volume: medsam.Volume, model: medsam.Model) -> None:
    result = medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT]), model)
    assert sorted(result.confidence[1]) == [4, 5, 6, 7, 8]
    assert not result.labels_kji[[0, 1, 2, 3, 9, 10, 11]].any()


def test_the_order_of_the_prompts_does_not_matter(a_volume: medsam.Volume, model: medsam.Model) -> None:
    a, b = (
        medsam.SegmentPrompt("left", 1, (medsam.Box((8, 16, 4), (50, 44, 8)),)),
        medsam.SegmentPrompt("right", 2, (RIGHT,)),
    )
    one = medsam.segment_volume(a_volume, medsam.Prompts((a, b)), model)
    other = medsam.segment_volume(a_volume, medsam.Prompts((b, a)), model)
    # A tie in 8-bit probability goes to the first; nothing else may differ.
    assert np.count_nonzero(one.labels_kji != other.labels_kji) <= 0.001 * one.labels_kji.size


def test_the_volume_is_not_changed(a_volume: medsam.Volume, model: medsam.Model) -> None:
    before = a_volume.array_kji.copy()
    medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT]), model, propagation="track")
    np.testing.assert_array_equal(before, a_volume.array_kji)


def test_segments_share_the_embeddings_of_a_slice(a_volume: medsam.Volume, model: medsam.Model) -> None:
    result = medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT, RIGHT]), model)
    assert result.encoded_slices == 5


def test_a_cache_given_twice_saves_every_encoder_call(a_volume: medsam.Volume, model: medsam.Model) -> None:
    cache = EmbeddingCache()
    first = medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT]), model, cache=cache)
    again = medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT]), model, cache=cache)
    assert (first.encoded_slices, again.encoded_slices) == (5, 0)
    np.testing.assert_array_equal(first.labels_kji, again.labels_kji)


def test_volume_in_ml_counts_the_voxels_own_size(a_volume: medsam.Volume, model: medsam.Model) -> None:
    (segment,) = medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT]), model).segments
    expected = segment.voxels * abs(np.linalg.det(a_volume.ijk_to_ras[:3, :3])) / 1000
    assert segment.volume_ml == pytest.approx(expected, rel=1e-3)


def test_cancel_ends_the_work_within_one_encoder_call(a_volume: medsam.Volume, model: medsam.Model) -> None:
    done: list[int] = []
    with pytest.raises(Cancelled):
        medsam.segment_volume(
            a_volume,
            medsam.Prompts.from_boxes([LEFT]),
            model,
            progress=lambda n, total, what: done.append(n),
            cancel=lambda: len(done) >= 2,
        )
    assert done == [1, 2]


def test_progress_counts_up_to_what_was_expected(a_volume: medsam.Volume, model: medsam.Model) -> None:
    seen: list[tuple[int, int]] = []
    medsam.segment_volume(
        a_volume,
        medsam.Prompts.from_boxes([LEFT, RIGHT]),
        model,
        progress=lambda done, total, what: seen.append((done, total)),
    )
    assert seen == [(n, 10) for n in range(1, 11)]


def test_a_prompt_outside_is_refused_before_any_work(a_volume: medsam.Volume, model: medsam.Model) -> None:
    with pytest.raises(PromptError):
        medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([medsam.Box((0, 0, 0), (80, 5, 5))]), model)


def test_an_unknown_strategy_is_refused_with_the_names_of_those_there_are(
    a_volume: medsam.Volume, model: medsam.Model
) -> None:
    with pytest.raises(OptionError, match="roi, track"):
        medsam.segment_volume(a_volume, medsam.Prompts.from_boxes([LEFT]), model, propagation="magic")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1))
def test_a_prompt_marks_the_same_voxels_in_every_frame(
    a_volume: medsam.Volume, model: medsam.Model, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    matrix = np.eye(4)
    matrix[:3, :3] = rotation @ np.diag(rng.uniform(0.3, 6, 3) * rng.choice((-1, 1), 3))
    matrix[:3, 3] = rng.uniform(-300, 300, 3)
    volume = medsam.Volume(a_volume.array_kji, medsam.Geometry((80, 64, 12), matrix))
    prompts = medsam.Prompts.from_boxes([medsam.Box((8, 16, 6), (36, 44, 6))])
    folder: Path = tmp_path_factory.mktemp("frames")
    results = []
    for frame in ("ijk", "ras", "lps"):
        medsam.write_prompts(prompts, folder / f"{frame}.json", frame=frame, geometry=volume.geometry)
        read = medsam.read_prompts(folder / f"{frame}.json", volume.geometry)
        results.append(medsam.segment_volume(volume, read, model).labels_kji)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])
