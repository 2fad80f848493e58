"""What a propagation is said to do."""

from __future__ import annotations

import pytest

from medsam_core.interaction.run_words import STRATEGY_NAMES, run_text, stop_texts, written_text
from medsam_core.propagation.strategies import STRATEGIES
from medsam_core.segmentation_result import StopRecord
from medsam_core.session.run_state import Phase
from medsam_core.session.session import Session


def test_every_strategy_has_a_name_of_its_own() -> None:
    assert set(STRATEGY_NAMES) == set(STRATEGIES)
    assert len(set(STRATEGY_NAMES.values())) == len(STRATEGIES)


@pytest.mark.parametrize(
    ("phase", "told"),
    [
        (Phase.FINISHED, "found on {found} slices; not written yet"),
        (Phase.CANCELLED, "cancelled; {found} slices done"),
        (Phase.FAILED, "it failed; {found} slices done"),
    ],
)
def test_a_run_that_ended_tells_how_and_on_how_many_slices_there_is_something(
    a_held_run: Session, phase: Phase, told: str
) -> None:
    (run,) = a_held_run.runs
    run.phase = phase
    found = sum(one.area > 0 for one in run.segments["Segment_1"].slices.values())
    assert found > 2
    assert run_text(run) == told.format(found=found)


def test_a_run_under_way_tells_how_far_it_is(a_held_run: Session) -> None:
    (run,) = a_held_run.runs
    run.phase = Phase.RUNNING
    assert run_text(run) == f"{run.done} of at most {run.expected} slices"


def test_what_was_written_says_how_it_can_be_mended(a_written_run: Session) -> None:
    written = a_written_run.written_run("Segment_1")
    found = sum(one.area > 0 for one in written.slices.values())
    assert written_text(written).startswith(f"written on {found} slices")


def test_an_end_is_told_with_the_number_that_the_views_show(a_held_run: Session) -> None:
    segment = a_held_run.runs[0].segments["Segment_1"]
    segment.stops[:] = [StopRecord("up", 9, "nothing was found")]
    assert stop_texts(segment) == ["stopped up at slice 10: nothing was found"]


def test_an_end_is_told_in_mm_where_the_volume_is_known(a_held_run: Session) -> None:
    segment = a_held_run.runs[0].segments["Segment_1"]
    segment.stops[:] = [StopRecord("up", 9, "nothing was found")]
    told = stop_texts(segment, a_held_run.volume.geometry)
    assert told == ["stopped at S 22.5 mm (slice 10): nothing was found"]
