"""The worker's side of a session: one encoder call at a time, and the answers `segment_volume` gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import Cancelled, PromptError
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.intensity import choose_window
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.session.answers import Assembled, Encoded, Expected, Prepared, Previewed, Stepped
from medsam_core.session.handler import SessionHandler
from medsam_core.session.requests import (
    AssembleRequest,
    EncodeRequest,
    PrepareRequest,
    PreviewRequest,
    PropagateRequest,
)
from medsam_core.session.slice_result import SliceResult
from medsam_core.session.subject import Subject
from medsam_core.slice_grid import SliceGrid

LEFT = SegmentPrompt("left", 1, (medsam.Box((8, 16, 4), (36, 44, 8)),))
RIGHT = SegmentPrompt("right", 2, (medsam.Box((30, 16, 4), (68, 46, 8)),))


def nothing() -> None:
    """A check that lets everything pass."""


@pytest.fixture
def a_subject(a_volume: medsam.Volume, demo_model: medsam.Model) -> Subject:
    return Subject(demo_model, a_volume, "auto", SliceGrid.along(a_volume.geometry))


@pytest.fixture
def a_handler(a_cache: EmbeddingCache) -> SessionHandler:
    return SessionHandler(a_cache)


def test_a_volume_is_prepared_once_with_the_window_that_segment_volume_takes(
    a_handler: SessionHandler, a_subject: Subject
) -> None:
    (first,), (second,) = (a_handler(PrepareRequest(n, "volume", 0, a_subject), nothing) for n in range(2))
    assert first == Prepared(choose_window(a_subject.volume)) and second.window is first.window


def test_slices_are_encoded_in_the_order_asked_one_per_step(a_subject: Subject) -> None:
    cache = EmbeddingCache()
    steps = SessionHandler(cache)(EncodeRequest(1, "look", 0, a_subject, (6, 7, 5)), nothing)
    for done, index in enumerate((6, 7, 5), 1):
        assert next(steps) == Encoded(index)
        assert cache.stats().entries == done


def test_a_preview_is_what_segment_volume_would_write(
    a_handler: SessionHandler, a_subject: Subject, a_cache: EmbeddingCache
) -> None:
    segment = SegmentPrompt("left", 1, (medsam.Box((8, 16, 6), (36, 44, 6)),))
    (answer,) = a_handler(PreviewRequest(1, "preview", 0, a_subject, segment, 6), nothing)
    assert isinstance(answer, Previewed)
    result = medsam.segment_volume(
        a_subject.volume, medsam.Prompts((segment,)), a_subject.model, cache=a_cache
    )
    whole = np.zeros(a_subject.volume.array_kji.shape, bool)
    answer.patch.paste(whole)
    np.testing.assert_array_equal(whole, result.labels_kji == 1)
    np.testing.assert_array_equal(answer.result.mask_yx((64, 80)), whole[6])


@pytest.mark.parametrize("axis", ["k", "j"])
@pytest.mark.parametrize("strategy", ["roi", "track"])
def test_slices_put_together_are_what_segment_volume_gives_overlaps_included(
    a_handler: SessionHandler, a_subject: Subject, a_cache: EmbeddingCache, axis: str, strategy: str
) -> None:
    grid = SliceGrid.along(a_subject.volume.geometry, axis)
    subject = Subject(a_subject.model, a_subject.volume, "auto", grid)
    segments = (
        (LEFT, RIGHT)
        if axis == "k"
        else (
            SegmentPrompt("left", 1, (Box((8, 4, 26), (36, 30, 30)),)),
            SegmentPrompt("right", 2, (Box((30, 4, 26), (68, 30, 30)),)),
        )
    )
    answers = list(a_handler(PropagateRequest(1, "run", 0, subject, segments, strategy), nothing))
    assert isinstance(answers[0], Expected) and len(answers[0].slices) == 2
    piles: tuple[list[SliceResult], ...] = ([], [])
    for answer in answers[1:]:
        assert isinstance(answer, Stepped)
        if isinstance(answer.step, SliceResult):
            piles[answer.place].append(answer.step)
    new = tuple(tuple(pile) for pile in piles)
    request = AssembleRequest(2, "write", 0, subject, new, ((), ()))
    (assembled,) = a_handler(request, nothing)
    assert isinstance(assembled, Assembled)
    wanted = medsam.segment_volume(
        subject.volume,
        medsam.Prompts(segments),
        subject.model,
        propagation=strategy,
        cache=a_cache,
        grid=grid,
    ).labels_kji
    for patch, label in zip(assembled.new, (1, 2), strict=True):
        whole = np.zeros(wanted.shape, bool)
        patch.paste(whole)
        np.testing.assert_array_equal(whole, wanted == label)
    assert all(not patch.voxels for patch in assembled.old)


def raising_after(calls: int) -> Callable[[], None]:
    left = iter(range(calls))

    def check() -> None:
        if next(left, None) is None:
            raise Cancelled("background work")

    return check


@pytest.mark.parametrize("strategy", ["roi", "track", "anchors", "consensus"])
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_cancelling_takes_effect_before_the_next_encoder_call(
    a_subject: Subject, strategy: str, calls: int
) -> None:
    cache = EmbeddingCache()
    request = PropagateRequest(1, "run", 0, a_subject, (LEFT,), strategy)
    with pytest.raises(Cancelled):
        list(SessionHandler(cache)(request, raising_after(calls)))
    assert cache.stats().entries == calls


def test_prompts_outside_of_the_slices_are_refused_in_words(
    a_handler: SessionHandler, a_subject: Subject
) -> None:
    far = SegmentPrompt("far", 1, (medsam.Box((8, 16, 4), (360, 44, 8)),))
    for request in (
        PropagateRequest(1, "run", 0, a_subject, (far,), "roi"),
        PreviewRequest(1, "preview", 0, a_subject, far, 4),
    ):
        with pytest.raises(PromptError, match="outside of the volume"):
            next(a_handler(request, nothing))
