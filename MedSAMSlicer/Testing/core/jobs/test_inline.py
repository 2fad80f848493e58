"""Without a thread: the same responses, at once."""

from __future__ import annotations

import threading

import pytest

from medsam_core.errors import MedSAMError
from medsam_core.jobs.inline import Inline
from medsam_core.jobs.response import Dropped, Failed, Finished, Progressed
from medsam_core.jobs.worker import Worker
from testkit.job_handlers import Script, ScriptHandler, raising


def scripts() -> list[Script]:
    return [
        Script(1, "a", 3, steps=3),
        Script(2, "b", 0, steps=0),
        Script(3, "c", 1, steps=2, at={1: raising(ValueError("no"))}),
        Script(4, "a", 2, steps=1),
    ]


def test_it_answers_as_a_worker_does() -> None:
    for script in scripts():
        inline, worker = Inline(ScriptHandler()), Worker(ScriptHandler())
        for jobs in (inline, worker):
            jobs.submit(script)
            assert jobs.wait_idle(20)
        # errors are equal only to themselves, and a script raises the same one each time
        assert inline.poll() == worker.poll()
        worker.close(20)


def test_all_is_done_when_submit_returns_and_no_thread_is_made() -> None:
    before = threading.active_count()
    jobs = Inline(ScriptHandler())
    jobs.submit(Script(1, "a", 0, steps=2))
    assert not jobs.is_busy and threading.active_count() == before
    assert jobs.poll() == [Progressed(1, "a", 0), Progressed(1, "a", 1), Finished(1, "a", 1)]


def test_wake_may_cancel_what_is_under_way() -> None:
    handler = ScriptHandler()
    jobs = Inline(handler, lambda: jobs.cancel("a") if len(handler.steps()) == 3 else None)
    jobs.submit(Script(1, "a", 0, steps=10))
    assert jobs.poll()[-1] == Dropped(1, "a")
    assert len(handler.steps()) == 3 and handler.diary[-1] == (1, "ended")


def test_wake_may_submit_and_what_is_more_urgent_goes_first() -> None:
    handler = ScriptHandler()

    def wake() -> None:
        if handler.steps() == [(1, 0)]:
            jobs.submit(Script(2, "b", 0, steps=2))

    jobs = Inline(handler, wake)
    jobs.submit(Script(1, "a", 5, steps=2))
    assert handler.steps() == [(1, 0), (2, 0), (2, 1), (1, 1)]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)], ids=lambda e: type(e).__name__)
def test_the_users_interrupt_reaches_the_terminal_and_leaves_nothing_half_done(error: BaseException) -> None:
    handler = ScriptHandler()

    def wake() -> None:
        if handler.steps() == [(1, 0)]:
            jobs.submit(Script(2, "b", 0, at={0: raising(error)}))

    jobs = Inline(handler, wake)
    with pytest.raises(type(error)):
        jobs.submit(Script(1, "a", 5, steps=2))
    assert jobs.poll()[-2:] == [Failed(2, "b", error), Dropped(1, "a")]
    assert (1, "ended") in handler.diary and not jobs.is_busy
    jobs.submit(Script(3, "c", 0))
    assert jobs.poll()[-1] == Finished(3, "c", 0)


def test_after_close_nothing_is_taken() -> None:
    jobs = Inline(ScriptHandler())
    assert jobs.close()
    with pytest.raises(MedSAMError, match="ended"):
        jobs.submit(Script(1, "a", 0))
