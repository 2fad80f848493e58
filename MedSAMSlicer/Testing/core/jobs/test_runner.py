"""The laws of requests and responses, under any order of events."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.errors import MedSAMError
from medsam_core.jobs.response import Dropped, Failed, Finished, Progressed, Response
from medsam_core.jobs.runner import Runner
from testkit.job_handlers import Script, ScriptHandler, raising

TOPICS = ("a", "b", "c")
EVENTS = st.one_of(
    st.tuples(
        st.just("add"), st.sampled_from(TOPICS), st.integers(0, 3), st.integers(0, 4), st.integers(-1, 4)
    ),
    st.tuples(st.just("cancel"), st.sampled_from((*TOPICS, None))),
    st.tuples(st.just("step")),
    st.tuples(st.just("take")),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=60), st.booleans())
def test_each_request_ends_once_stale_ones_say_nothing_and_the_bound_holds(
    events: list[tuple], stops: bool
) -> None:
    handler = ScriptHandler()
    runner = Runner(handler, None, most_responses=5)
    responses: list[Response] = []
    newest: dict[str, int] = {}
    number = steps_told = 0
    for kind, *values in events:
        if kind == "add":
            topic, priority, steps, bad_step = values
            number += 1
            at = {bad_step: raising(ValueError())} if 0 <= bad_step <= steps else {}
            runner.add(Script(number, topic, priority, steps=steps, at=at))
            newest[topic] = number
        elif kind == "cancel":
            runner.cancel(values[0])
            for topic in TOPICS if values[0] is None else values:
                newest.pop(topic, None)
        elif kind == "step":
            before = len(runner._responses)
            runner.step()
            told = list(runner._responses)[before:]
            assert len(told) <= 1
            if told and isinstance(told[0], Progressed | Finished):
                assert newest[told[0].topic] == told[0].request_id, "a stale answer was told"
            steps_told += len(told)
        else:
            responses += runner.take()
            assert runner.take() == []
    if stops:
        runner.stop()
    while runner.is_busy:
        runner.step()
        responses += runner.take()
    responses += runner.take()
    ends = Counter(r.request_id for r in responses if not isinstance(r, Progressed))
    assert ends == Counter(range(1, number + 1))
    position = {(r.request_id, isinstance(r, Progressed)): n for n, r in enumerate(responses)}
    assert all(position.get((i, True), -1) < position[(i, False)] for i in range(1, number + 1))
    begun = Counter(i for i, what in handler.diary if what == "begun")
    assert begun == Counter(i for i, what in handler.diary if what == "ended")


def test_no_step_is_begun_above_the_bound_but_what_was_cancelled_still_ends() -> None:
    runner = Runner(ScriptHandler(), None, most_responses=2)
    runner.add(Script(1, "a", 0, steps=9))
    runner.add(Script(2, "b", 1, steps=9))
    assert [runner.step() for _ in range(3)] == [True, True, False]
    assert not runner.wait_until_idle(1), "it stands still until responses are taken"
    runner.cancel("a")
    assert [runner.step() for _ in range(2)] == [True, False]
    assert runner.take()[-1] == Dropped(1, "a")
    assert runner.step()


def test_an_error_that_must_go_on_up_is_kept_as_a_response_too() -> None:
    runner = Runner(ScriptHandler(), None, None, raises_too=(KeyboardInterrupt,))
    error = KeyboardInterrupt()
    runner.add(Script(1, "a", 0, at={0: raising(error)}))
    with pytest.raises(KeyboardInterrupt):
        runner.step()
    assert runner.take() == [Failed(1, "a", error)] and not runner.is_busy


def test_a_stopped_runner_takes_nothing() -> None:
    runner = Runner(ScriptHandler(), None, None)
    runner.stop()
    with pytest.raises(MedSAMError, match="background work: was ended"):
        runner.add(Script(1, "a", 0))
    assert not runner.wait_for_work()
