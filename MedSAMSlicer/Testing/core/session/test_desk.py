"""Only the newest question of a topic counts."""

from __future__ import annotations

from medsam_core.jobs.inline import Inline
from medsam_core.jobs.response import Failed, Finished, Progressed, Response
from medsam_core.session.desk import Desk
from testkit.job_handlers import Script, ScriptHandler, raising


def answered(desk: Desk) -> list[Response]:
    got = []
    for response, receive in desk.responses():
        got.append(response)
        receive(response)
    return got


def test_answers_go_to_who_asked() -> None:
    desk, mine, yours = Desk(Inline(ScriptHandler())), [], []
    desk.ask(Script, "mine", 0, mine.append, 2)
    desk.ask(Script, "yours", 0, yours.append, 1)
    answered(desk)
    assert mine == [Progressed(1, "mine", 0), Progressed(1, "mine", 1), Finished(1, "mine", 1)]
    assert [r.topic for r in yours] == ["yours", "yours"]
    assert not desk.is_open("mine")


def test_an_answer_that_was_ready_before_a_newer_question_does_not_count() -> None:
    desk, got = Desk(Inline(ScriptHandler())), []
    desk.ask(Script, "drag", 0, lambda r: got.append(("old", r)), 2)
    desk.ask(Script, "drag", 0, lambda r: got.append(("new", r)), 1)
    answered(desk)
    assert {who for who, _ in got} == {"new"}


def test_a_withdrawn_question_gets_no_answer() -> None:
    for topic in ("a", None):
        desk, got = Desk(Inline(ScriptHandler())), []
        desk.ask(Script, "a", 0, got.append, 2)
        desk.withdraw(topic)
        assert answered(desk) == [] and got == []


def test_one_answer_may_withdraw_the_next() -> None:
    desk, got = Desk(Inline(ScriptHandler())), []
    desk.ask(Script, "first", 0, lambda r: desk.withdraw("second"), 1)
    desk.ask(Script, "second", 0, got.append, 1)
    answered(desk)
    assert got == []


def test_an_error_is_told_once_and_only_if_its_question_counts() -> None:
    desk, error = Desk(Inline(ScriptHandler())), ValueError()
    desk.ask(Script, "a", 0, lambda r: None, 1, {0: raising(error)})
    assert answered(desk) == [Failed(1, "a", error)]
    desk.ask(Script, "a", 0, lambda r: None, 1, {0: raising(error)})
    desk.withdraw("a")
    assert answered(desk) == []


def test_a_wake_up_call_that_failed_is_told_though_nobody_asked() -> None:
    def wake() -> None:
        raise RuntimeError("closed")

    desk = Desk(Inline(ScriptHandler(), wake))
    desk.ask(Script, "a", 0, lambda r: None, 1)
    assert any(isinstance(r, Failed) and r.topic == "wake" for r in answered(desk))
