"""A run becomes one step of undo, exactly as `segment_volume` would have written it."""

from __future__ import annotations

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.propagation.strategies import STRATEGIES
from medsam_core.session.events import Failure, RunChanged, Written
from medsam_core.session.run_state import Phase
from medsam_core.session.session import Session
from testkit.array_writer import ArrayWriter
from testkit.two_balls import LEFT, MIDDLE, RIGHT

LEFT_ID, RIGHT_ID = "Segment_1", "Segment_2"


def a_prompt(box: tuple, first: int = MIDDLE, last: int = MIDDLE, label: int = 1) -> medsam.SegmentPrompt:
    return medsam.SegmentPrompt("one", label, (medsam.Box((*box[:2], first), (*box[2:], last)),))


def wanted(session: Session, cache: EmbeddingCache, strategy: str, **prompts: medsam.SegmentPrompt) -> dict:
    """Segment id -> what `segment_volume` gives."""
    labelled = [medsam.SegmentPrompt(one.name, n, one.boxes) for n, one in enumerate(prompts.values(), 1)]
    result = medsam.segment_volume(
        session.volume, medsam.Prompts(labelled), session.model, propagation=strategy, cache=cache
    )
    return {name: result.labels_kji == n for n, name in enumerate(prompts, 1)}


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_what_is_committed_is_what_segment_volume_gives_and_undo_restores_all(
    a_session: Session, a_writer: ArrayWriter, a_cache: EmbeddingCache, strategy: str
) -> None:
    prompts = {LEFT_ID: a_prompt((14, 22, 28, 36), 5, 7), RIGHT_ID: a_prompt((22, 24, 44, 36), 4, 7)}
    run = a_session.propagate(strategy, prompts=prompts)
    a_session.pump()
    assert run.phase is Phase.FINISHED and not a_writer.writes, "previews only, until it is committed"
    a_session.commit()
    events = a_session.pump()
    assert [e.run for e in events if isinstance(e, Written)] == [run] and run.phase is Phase.WRITTEN
    for name, mask in wanted(a_session, a_cache, strategy, **prompts).items():
        np.testing.assert_array_equal(a_writer.mask_kji(name), mask)
    assert a_session.undo() and not a_writer.can_undo, "one step for both segments"
    assert not a_writer.mask_kji(LEFT_ID).any() and not a_writer.mask_kji(RIGHT_ID).any()


def test_slices_come_nearest_first_and_each_is_told_once(a_session: Session) -> None:
    a_session.prompt(LEFT)
    a_session.pump()
    run = a_session.propagate("track")
    (event,) = [e for e in a_session.pump() if isinstance(e, RunChanged)]
    assert sorted(event.indices) == sorted(run.segments[LEFT_ID].slices)
    distances = [abs(k - MIDDLE) for k in event.indices]
    assert distances == sorted(distances)
    assert run.segments[LEFT_ID].stops and run.expected >= run.done


def test_one_segment_of_many_can_be_run_beside_another_run(a_session: Session, a_writer: ArrayWriter) -> None:
    first = a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 4, 8)})
    second = a_session.propagate("roi", prompts={RIGHT_ID: a_prompt(RIGHT, 4, 8)})
    assert a_session.runs == (first, second)
    a_session.pump()
    a_session.commit(first)
    a_session.discard(second)
    a_session.pump()
    assert a_writer.mask_kji(LEFT_ID).any() and not a_writer.mask_kji(RIGHT_ID).any()
    assert a_session.runs == () and second.phase is Phase.DISCARDED


def test_a_new_run_of_a_segment_takes_the_place_of_its_last_one(a_session: Session) -> None:
    first = a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 4, 8)})
    second = a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 5, 7)})
    assert a_session.runs == (second,) and first.phase is Phase.DISCARDED
    a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 5, 7), RIGHT_ID: a_prompt(RIGHT, 5, 7)})
    with pytest.raises(PromptError, match="part of an earlier one"):
        a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 4, 8)})


def test_replace_takes_away_what_the_last_run_wrote_and_nothing_else(
    a_session: Session, a_writer: ArrayWriter, a_cache: EmbeddingCache
) -> None:
    a_session.prompt(RIGHT)
    a_session.pump()
    a_session.accept()
    other = a_writer.mask_kji(LEFT_ID)
    a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 3, 9)})
    a_session.commit()
    a_session.pump()
    a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 5, 7)})
    a_session.commit(mode="replace")
    a_session.pump()
    mask = wanted(a_session, a_cache, "roi", **{LEFT_ID: a_prompt(LEFT, 5, 7)})[LEFT_ID]
    np.testing.assert_array_equal(a_writer.mask_kji(LEFT_ID), mask | other)
    assert [e.propagation for e in a_session.journal(LEFT_ID).entries] == ["roi", "roi"]
    a_session.undo()
    assert a_writer.mask_kji(LEFT_ID)[3].any()


def test_a_run_that_could_not_be_written_is_kept(a_session: Session, a_writer: ArrayWriter) -> None:
    run = a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 4, 8)})
    a_session.pump()
    a_session.commit()
    a_writer.protect(LEFT_ID)
    events = a_session.pump()
    assert ["unlock" in e.sentence for e in events if isinstance(e, Failure)] == [True]
    assert run.phase is Phase.FINISHED
    a_writer.protect(LEFT_ID, False)
    a_session.commit()
    a_session.pump()
    assert run.phase is Phase.WRITTEN and a_writer.mask_kji(LEFT_ID).any()


def test_a_run_that_found_nothing_is_not_committed(a_session: Session) -> None:
    nothing = medsam.MaskPrompt.of(6, np.zeros((64, 80), bool))
    run = a_session.propagate("roi", prompts={LEFT_ID: medsam.SegmentPrompt("s", 1, masks=(nothing,))})
    a_session.pump()
    with pytest.raises(PromptError, match="nothing was found"):
        a_session.commit()
    assert run.phase is Phase.FINISHED


def test_a_run_that_is_discarded_before_it_is_written_is_not_written(
    a_session: Session, a_writer: ArrayWriter
) -> None:
    run = a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 4, 8)})
    a_session.pump()
    a_session.commit(run)
    a_session.discard(run)
    events = a_session.pump()
    assert not any(isinstance(event, Written) for event in events) and not a_writer.writes
    assert run.phase is Phase.DISCARDED and a_session.runs == ()


def test_a_run_of_a_segment_that_is_removed_meanwhile_is_kept_until_it_is_back(
    a_session: Session, a_writer: ArrayWriter
) -> None:
    run = a_session.propagate("roi", prompts={LEFT_ID: a_prompt(LEFT, 4, 8)})
    a_session.pump()
    a_session.commit(run)
    a_writer.remove_segment(LEFT_ID)
    events = a_session.pump()
    assert ["is not there any more" in e.sentence for e in events if isinstance(e, Failure)] == [True]
    a_writer.undo()
    a_session.commit(run)
    a_session.pump()
    assert run.phase is Phase.WRITTEN and a_writer.mask_kji(LEFT_ID).any()
