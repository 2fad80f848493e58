"""One thread, any number of requests: nothing is lost, nothing waits longer than one step."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from medsam_core.errors import MedSAMError, PromptError
from medsam_core.jobs.response import Dropped, Failed, Finished, Progressed, Response
from medsam_core.jobs.runner import WAKE_TOPIC
from medsam_core.jobs.worker import Worker
from testkit.job_handlers import Gate, Script, ScriptHandler, raising

SOON = 20.0


@pytest.fixture
def a_handler() -> ScriptHandler:
    return ScriptHandler()


@pytest.fixture
def a_worker(a_handler: ScriptHandler) -> Iterator[Worker]:
    worker = Worker(a_handler)
    yield worker
    assert worker.close(SOON), "the thread did not end"


def ends(responses: list[Response]) -> dict[int, type]:
    return {r.request_id: type(r) for r in responses if not isinstance(r, Progressed)}


def test_every_part_of_an_answer_comes_in_order_and_the_last_once_more(a_worker: Worker) -> None:
    a_worker.submit(Script(1, "a", 0, steps=3))
    assert a_worker.wait_idle(SOON)
    assert a_worker.poll() == [*(Progressed(1, "a", n) for n in range(3)), Finished(1, "a", 2)]


def test_the_answer_to_nothing_is_none(a_worker: Worker) -> None:
    a_worker.submit(Script(1, "a", 0, steps=0))
    assert a_worker.wait_idle(SOON)
    assert a_worker.poll() == [Finished(1, "a", None)]


def test_what_is_more_urgent_goes_between_two_steps_and_the_other_goes_on(
    a_worker: Worker, a_handler: ScriptHandler
) -> None:
    gate = Gate()
    a_worker.submit(Script(1, "slow", 5, steps=3, at={1: gate}))
    gate.wait()
    a_worker.submit(Script(2, "same", 5, steps=1))
    a_worker.submit(Script(3, "urgent", 0, steps=2))
    gate.open()
    assert a_worker.wait_idle(SOON)
    assert a_handler.steps() == [(1, 0), (1, 1), (3, 0), (3, 1), (1, 2), (2, 0)]
    assert set(ends(a_worker.poll()).values()) == {Finished}


def test_what_is_more_urgent_goes_within_a_step_too_where_the_handler_checks(
    a_worker: Worker, a_handler: ScriptHandler
) -> None:
    gate = Gate()

    def wait_then_check(check: object) -> None:
        gate(check)  # type: ignore[arg-type]
        check()  # type: ignore[operator]

    a_worker.submit(Script(1, "slow", 5, steps=2, at={1: wait_then_check}))
    gate.wait()
    a_worker.submit(Script(2, "urgent", 0, steps=2))
    a_worker.submit(Script(3, "later", 7, steps=1))
    gate.open()
    assert a_worker.wait_idle(SOON)
    assert a_handler.steps() == [(1, 0), (2, 0), (2, 1), (1, 1), (3, 0)]


def test_a_newer_request_of_a_topic_takes_the_place_of_a_waiting_one(
    a_worker: Worker, a_handler: ScriptHandler
) -> None:
    gate = Gate()
    a_worker.submit(Script(1, "busy", 0, steps=1, at={0: gate}))
    gate.wait()
    for number in range(2, 50):
        a_worker.submit(Script(number, "drag", 0))
    gate.open()
    assert a_worker.wait_idle(SOON)
    assert a_handler.steps() == [(1, 0), (49, 0)]
    assert ends(a_worker.poll()) == {1: Finished, **dict.fromkeys(range(2, 49), Dropped), 49: Finished}


def test_a_newer_request_of_a_topic_ends_a_running_one_of_which_nothing_more_is_told(
    a_worker: Worker, a_handler: ScriptHandler
) -> None:
    gate = Gate()
    a_worker.submit(Script(1, "drag", 0, steps=5, at={1: gate}))
    gate.wait()
    assert a_worker.poll() == [Progressed(1, "drag", 0)]
    a_worker.submit(Script(2, "drag", 0))
    gate.open()
    assert a_worker.wait_idle(SOON)
    assert a_worker.poll() == [Dropped(1, "drag"), Progressed(2, "drag", 0), Finished(2, "drag", 0)]
    assert (1, 2) not in a_handler.diary and (1, "ended") in a_handler.diary


def test_a_result_that_was_ready_just_after_the_cancel_is_dropped(a_worker: Worker) -> None:
    gate = Gate()
    a_worker.submit(Script(1, "a", 0, steps=1, at={1: gate}))
    gate.wait()
    a_worker.cancel("a")
    gate.open()
    assert a_worker.wait_idle(SOON)
    assert a_worker.poll() == [Progressed(1, "a", 0), Dropped(1, "a")]


def test_cancel_ends_what_was_interrupted_too_and_its_finally_runs(
    a_worker: Worker, a_handler: ScriptHandler
) -> None:
    begun, gate = Gate(), Gate()
    a_worker.submit(Script(1, "slow", 5, steps=9, at={1: begun}))
    begun.wait()
    a_worker.submit(Script(2, "urgent", 0, steps=2, at={1: gate}))
    begun.open()
    gate.wait()
    a_worker.cancel("slow")
    gate.open()
    assert a_worker.wait_idle(SOON)
    assert ends(a_worker.poll()) == {1: Dropped, 2: Finished}
    assert a_handler.steps() == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert a_handler.diary.count((1, "ended")) == 1


def test_cancel_takes_effect_at_the_next_check_inside_a_step(a_worker: Worker) -> None:
    gate, calls = Gate(), []

    def many_encoder_calls(check: object) -> None:
        for call in range(100):
            check()  # type: ignore[operator]
            calls.append(call)
            if call == 3:
                gate(check)  # type: ignore[arg-type]

    a_worker.submit(Script(1, "a", 0, at={0: many_encoder_calls}))
    gate.wait()
    a_worker.cancel()
    gate.open()
    assert a_worker.wait_idle(SOON)
    assert a_worker.poll() == [Dropped(1, "a")]
    assert calls == [0, 1, 2, 3]


def test_a_task_cancelled_while_an_urgent_one_runs_inside_its_step_ends_after_it(
    a_worker: Worker, a_handler: ScriptHandler
) -> None:
    outer, inner = Gate(), Gate()

    def wait_then_check(check: object) -> None:
        outer(check)  # type: ignore[arg-type]
        check()  # type: ignore[operator]

    a_worker.submit(Script(1, "slow", 5, at={0: wait_then_check}))
    outer.wait()
    a_worker.submit(Script(2, "urgent", 0, at={0: inner}))
    outer.open()
    inner.wait()
    a_worker.cancel("slow")
    inner.open()
    assert a_worker.wait_idle(SOON)
    assert a_worker.poll() == [Progressed(2, "urgent", 0), Dropped(1, "slow"), Finished(2, "urgent", 0)]
    assert a_handler.steps() == [(2, 0)]


@pytest.mark.parametrize(
    "error",
    [
        PromptError("box", "is inverted", "turn it"),
        ZeroDivisionError(),
        MemoryError(),
        KeyboardInterrupt(),
        SystemExit(3),
        GeneratorExit(),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.parametrize("step", [0, 1, 2])
def test_whatever_the_handler_raises_is_told_and_the_next_request_works(
    a_worker: Worker, error: BaseException, step: int
) -> None:
    a_worker.submit(Script(1, "a", 0, steps=2, at={step: raising(error)}))
    a_worker.submit(Script(2, "b", 0, steps=1))
    assert a_worker.wait_idle(SOON)
    responses = a_worker.poll()
    assert Failed(1, "a", error) in responses
    assert ends(responses) == {1: Failed, 2: Finished}


def test_a_handler_that_is_no_generator_fails_as_any_other() -> None:
    worker = Worker(lambda request, check: 3)  # type: ignore[arg-type, return-value]
    worker.submit(Script(1, "a", 0))
    assert worker.wait_idle(SOON)
    (failed,) = worker.poll()
    assert isinstance(failed, Failed) and isinstance(failed.error, TypeError)
    assert worker.close(SOON)


def test_what_raises_while_it_is_ended_is_told_and_the_next_request_works() -> None:
    gate = Gate()

    def stubborn(request: object, check: object) -> Iterator[int]:
        try:
            yield 1
            gate(check)  # type: ignore[arg-type]
            yield 2
        finally:
            raise OSError("disk full")

    worker = Worker(stubborn)  # type: ignore[arg-type]
    worker.submit(Script(1, "a", 0))
    gate.wait()
    worker.cancel("a")
    gate.open()
    assert worker.wait_idle(SOON)
    last = worker.poll()[-1]
    assert isinstance(last, Failed) and isinstance(last.error, OSError)
    gate.reached.clear()
    worker.submit(Script(2, "a", 0))
    gate.wait()
    assert worker.close(SOON)


def test_each_request_ends_exactly_once_and_is_silent_afterwards(a_worker: Worker) -> None:
    for number in range(300):
        at = {1: raising(ValueError())} if number % 7 == 0 else {}
        a_worker.submit(Script(number, f"topic {number % 5}", number % 3, steps=2, at=at))
        if number % 11 == 0:
            a_worker.cancel(f"topic {number % 4}")
    responses: list[Response] = []
    while not a_worker.wait_idle(SOON):
        responses += a_worker.poll()
    responses += a_worker.poll()
    last = {r.request_id: r for r in responses}
    assert set(last) == set(range(300))
    assert not any(isinstance(r, Progressed) for r in last.values())
    assert sum(not isinstance(r, Progressed) for r in responses) == 300


def test_with_too_many_responses_unread_the_thread_waits_and_cancel_still_works(
    a_handler: ScriptHandler,
) -> None:
    worker = Worker(a_handler, most_responses=10)
    worker.submit(Script(1, "endless", 0, steps=10**9))
    assert not worker.wait_idle(SOON), "it should say that it waits for the responses to be read"
    time.sleep(0.05)
    assert len(a_handler.steps()) == 10
    worker.submit(Script(2, "other", 0, steps=1))
    worker.cancel("endless")
    responses = []
    while not worker.wait_idle(SOON):
        responses += worker.poll()
    assert ends([*responses, *worker.poll()]) == {1: Dropped, 2: Finished}
    assert worker.close(SOON)


def test_reading_responses_lets_a_waiting_thread_go_on(a_handler: ScriptHandler) -> None:
    worker = Worker(a_handler, most_responses=3)
    worker.submit(Script(1, "a", 0, steps=20))
    responses: list[Response] = []
    while not worker.wait_idle(SOON):
        responses += worker.poll()
    responses += worker.poll()
    assert responses == [*(Progressed(1, "a", n) for n in range(20)), Finished(1, "a", 19)]
    assert worker.close(SOON)


@pytest.mark.parametrize("state", ["idle", "never used", "running", "interrupted", "held back"])
def test_close_ends_the_thread_whatever_it_is_doing(state: str) -> None:
    handler, gate = ScriptHandler(), Gate()
    worker = Worker(handler, most_responses=2 if state == "held back" else 100)
    if state == "idle":
        worker.submit(Script(1, "a", 0))
        worker.wait_idle(SOON)
    elif state == "held back":
        worker.submit(Script(1, "a", 0, steps=10**9))
        worker.wait_idle(SOON)
    elif state != "never used":
        worker.submit(Script(1, "a", 5, steps=10**9, at={40: gate}))
        gate.wait()
        if state == "interrupted":
            worker.submit(Script(2, "b", 0, steps=1))
    threading.Timer(0.02, gate.open).start()
    assert worker.close(SOON)
    assert not worker.is_busy
    assert handler.diary.count((1, "begun")) == handler.diary.count((1, "ended"))
    with pytest.raises(MedSAMError, match="ended"):
        worker.submit(Script(9, "a", 0))
    worker.cancel()
    worker.poll()


def test_close_does_not_wait_longer_than_it_may() -> None:
    gate = Gate()
    worker = Worker(ScriptHandler())
    worker.submit(Script(1, "a", 0, at={0: gate}))
    gate.wait()
    start = time.monotonic()
    assert not worker.close(0.02)
    assert time.monotonic() - start < 5
    gate.open()
    assert worker.close(SOON)
    assert worker.poll() == [Dropped(1, "a")]


def test_a_handler_may_close_its_own_worker() -> None:
    workers: list[Worker] = []
    worker = Worker(ScriptHandler())
    workers.append(worker)
    worker.submit(Script(1, "a", 0, at={0: lambda check: workers[0].close()}))
    assert worker.close(SOON)


def test_workers_leave_no_threads_behind_closed_or_forgotten() -> None:
    before = threading.active_count()
    for number in range(30):
        worker = Worker(ScriptHandler())
        worker.submit(Script(1, "a", 0))
        assert worker.wait_idle(SOON)
        if number % 2:
            worker.close(SOON)
        del worker
    gc.collect()
    deadline = time.monotonic() + SOON
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_an_idle_worker_starts_no_thread_and_uses_no_time() -> None:
    before = threading.active_count()
    worker = Worker(ScriptHandler())
    assert threading.active_count() == before
    worker.submit(Script(1, "a", 0))
    assert worker.wait_idle(SOON)
    used = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - used < 0.1
    worker.close(SOON)


def test_wake_is_called_on_the_thread_when_there_is_something_to_read() -> None:
    woken = threading.Event()
    threads: set[str] = set()

    def wake() -> None:
        threads.add(threading.current_thread().name)
        woken.set()

    gate = Gate()
    worker = Worker(ScriptHandler(), wake)
    worker.submit(Script(1, "a", 0, steps=2, at={1: gate}))
    gate.wait()
    assert woken.wait(SOON) and worker.poll() == [Progressed(1, "a", 0)]
    woken.clear()
    gate.open()
    assert worker.wait_idle(SOON) and woken.wait(SOON)
    assert threads == {"medsam-worker"}
    worker.close(SOON)


def test_a_wake_that_raises_is_told_and_not_called_again() -> None:
    calls = []

    def wake() -> None:
        calls.append(1)
        raise RuntimeError("the event loop is closed")

    worker = Worker(ScriptHandler(), wake)
    worker.submit(Script(1, "a", 0, steps=3))
    assert worker.wait_idle(SOON)
    told = [r for r in worker.poll() if isinstance(r, Failed)]
    assert [(r.topic, str(r.error)) for r in told] == [(WAKE_TOPIC, "the event loop is closed")]
    assert len(calls) == 1
    worker.submit(Script(2, "b", 0))
    assert worker.wait_idle(SOON) and ends(worker.poll()) == {2: Finished}
    worker.close(SOON)


def test_nothing_of_an_answer_is_kept_once_it_was_read() -> None:
    import weakref

    class Picture:
        pass

    seen: list[weakref.ref] = []

    def handler(request: object, check: object) -> Iterator[Picture]:
        for _ in range(3):
            picture = Picture()
            seen.append(weakref.ref(picture))
            yield picture

    worker = Worker(handler)  # type: ignore[arg-type]
    worker.submit(Script(1, "a", 0))
    assert worker.wait_idle(SOON)
    worker.poll()
    time.sleep(0.05)
    assert [ref() for ref in seen] == [None] * 3
    worker.close(SOON)


def test_a_program_may_end_while_its_worker_works() -> None:
    code = (
        "import time\n"
        "from medsam_core.jobs.request import Request\n"
        "from medsam_core.jobs.worker import Worker\n"
        "def handler(request, check):\n"
        "    while True:\n"
        "        time.sleep(0.01)\n"
        "        yield 1\n"
        "worker = Worker(handler, most_responses=10**6)\n"
        "worker.submit(Request(1, 'a', 0))\n"
        "time.sleep(0.1)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
