"""What the options say at each point of a walk."""

from __future__ import annotations

import re
from types import SimpleNamespace

from medsam_core.interaction.carry_on import Carry
from MedSAMSlicerLib.effect_state import EffectState, state_of
from testkit.effect_at_work import AtWork, Shop
from testkit.two_balls import LEFT, MIDDLE


def state(at: AtWork) -> EffectState:
    return state_of(at.work, at.actions, at.shop.workshop)


def test_it_begins_ready_and_says_what_to_do(at_work: AtWork) -> None:
    now = state(at_work)
    assert now.model_text.startswith("Ready - ") and not now.model_problem
    assert now.hint.startswith("Drag a box") and now.message == ""
    assert not (now.can_apply or now.can_clear or now.cells or now.can_write or now.is_running)


def test_a_box_can_be_applied_cleared_and_carried(at_work: AtWork) -> None:
    at_work.box(LEFT)
    now = state(at_work)
    assert now.can_apply and now.apply_text == "Apply" and now.can_clear and now.can_start
    assert "Enter writes" in now.hint


def test_a_running_propagation_shows_progress_and_can_only_be_cancelled(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    now = state(at_work)
    assert now.is_running and not now.can_start and not now.can_write
    at_work.shop.settle()
    now = state(at_work)
    assert not now.is_running and now.can_write and now.can_step
    assert len(now.cells) >= 6 and now.here == MIDDLE and now.stops
    assert "not written yet" in now.run_text
    assert now.legend.startswith("yellow: unsure, blue: sure;")
    assert all(re.match(r"stopped at S -?\d+\.\d mm \(slice \d+\): ", stop) for stop in now.stops)


def test_a_box_on_another_slice_of_it_corrects(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    at_work.shop.settle()
    at_work.actions.jump(MIDDLE + 2)
    at_work.work.moved(at_work.panes[0])
    assert at_work.panes[0].place.index == MIDDLE + 2
    at_work.box(LEFT)
    now = state(at_work)
    assert now.apply_text == "Correct" and "mends" in now.hint
    at_work.actions.enter()
    at_work.shop.settle()
    run = next(iter(at_work.work.showing.run.segments.values()))
    assert MIDDLE + 2 in run.anchors


def test_the_next_unsure_slice_is_shown_or_it_is_said_that_there_is_none(at_work: AtWork) -> None:
    at_work.actions.next_unsure()
    assert state(at_work).is_problem and "start one first" in state(at_work).message
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    at_work.shop.settle()
    index = at_work.work.showing.strip.next_unsure(MIDDLE)
    at_work.actions.next_unsure()
    at_work.work.moved(at_work.panes[0])
    if index is None:
        assert "No slice stands out" in state(at_work).message
    else:
        assert state(at_work).here == index


def test_a_written_propagation_keeps_its_strip(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("track"))
    at_work.shop.settle()
    at_work.actions.write()
    at_work.shop.settle()
    now = state(at_work)
    assert now.cells and not now.can_write and now.can_start
    assert now.message.startswith("Written: ") and not now.is_problem


def test_a_missing_package_can_be_installed_and_the_model_then_loads() -> None:
    needs = SimpleNamespace(missing=("torch",), sentence="PyTorch is needed (about 200 MB).")
    needs.install = lambda: setattr(needs, "missing", ())
    shop = Shop(needs=needs)
    at = AtWork(shop)
    at.begin()
    now = state(at)
    assert now.can_install and now.model_problem and now.model_text == needs.sentence
    at.actions.install()
    assert not state(at).can_install
    shop.settle()
    assert state(at).model_text.startswith("Ready")
    at.work.close()
    shop.workshop.close()


def test_a_problem_goes_with_the_next_thing_that_works(at_work: AtWork) -> None:
    at_work.actions.enter()
    assert state(at_work).is_problem
    at_work.box(LEFT)
    at_work.actions.enter()
    assert not state(at_work).is_problem


def test_the_segment_as_it_is_can_be_carried_on(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.enter()
    at_work.actions.propagate(Carry("track", from_segment=True))
    at_work.shop.settle()
    run = next(iter(at_work.work.showing.run.segments.values()))
    assert run.slices[MIDDLE].drawn and len(run.slices) > 4


def test_within_the_box_takes_the_slices_that_were_asked_for(at_work: AtWork) -> None:
    at_work.box(LEFT)
    at_work.actions.propagate(Carry("roi", reach=2))
    at_work.shop.settle()
    run = next(iter(at_work.work.showing.run.segments.values()))
    assert sorted(run.slices) == [MIDDLE + step for step in range(-2, 3)]
