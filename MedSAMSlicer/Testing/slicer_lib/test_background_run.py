"""Long work beside an application that only ever beats its pump."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from medsam_core.errors import Cancelled, PromptError
from MedSAMSlicerLib.background_run import BackgroundRun, IsCancelled, Progress
from testkit.beaten_timer import AnEventLoop


class AnApplication(AnEventLoop):
    """An event loop with a run."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[object] = []
        self.shown: list[tuple[int, int, str]] = []
        self.run = BackgroundRun(self.pump, self._changed)

    def _changed(self) -> None:
        progress = self.run.progress
        if progress is not None:
            self.shown.append((progress.done, progress.total, progress.what))


@pytest.fixture
def application() -> Iterator[AnApplication]:
    made = AnApplication()
    yield made
    made.run.close()


def test_work_runs_on_another_thread_and_its_answer_comes_on_this_one(application: AnApplication) -> None:
    threads: list[int] = []

    def work(progress: Progress, is_cancelled: IsCancelled) -> str:
        threads.append(threading.get_ident())
        return "done"

    def ended(answer: object) -> None:
        threads.append(threading.get_ident())
        application.ends.append(answer)

    application.run.start("Segmenting", work, ended)
    application.until(lambda: bool(application.ends))
    assert application.ends == ["done"]
    assert threads[0] != threading.get_ident() == threads[1]
    assert application.run.progress is None and not application.run.is_running


def test_progress_is_shown_while_it_runs(application: AnApplication) -> None:
    go_on = threading.Event()

    def work(progress: Progress, is_cancelled: IsCancelled) -> None:
        progress(2, 5, "slice 7")
        go_on.wait(20)

    application.run.start("Segmenting", work, application.ends.append)
    application.until(lambda: (2, 5, "slice 7") in application.shown)
    assert application.run.progress is not None and application.run.progress.title == "Segmenting"
    go_on.set()
    application.until(lambda: bool(application.ends))


def test_cancel_stops_the_work_at_its_next_question_and_is_told_as_such(application: AnApplication) -> None:
    begun, asked = threading.Event(), []

    def work(progress: Progress, is_cancelled: IsCancelled) -> None:
        begun.set()
        while not is_cancelled():
            asked.append(1)
            time.sleep(0.002)
        raise Cancelled("segmentation")

    application.run.start("Segmenting", work, application.ends.append)
    assert begun.wait(20)
    application.run.cancel()
    application.until(lambda: bool(application.ends))
    assert isinstance(application.ends[0], Cancelled)
    assert not application.run.is_running and not application.run.is_busy


def test_an_error_of_any_kind_is_the_answer(application: AnApplication) -> None:
    problem = PromptError("ROI 'R'", "lies outside", "move it")

    def work(progress: Progress, is_cancelled: IsCancelled) -> None:
        raise problem

    application.run.start("Segmenting", work, application.ends.append)
    application.until(lambda: bool(application.ends))
    assert application.ends == [problem]


def test_a_newer_run_takes_the_place_of_the_one_under_way(application: AnApplication) -> None:
    def slow(progress: Progress, is_cancelled: IsCancelled) -> str:
        while not is_cancelled():
            time.sleep(0.002)
        return "slow"

    application.run.start("first", slow, application.ends.append)
    application.run.start("second", lambda progress, is_cancelled: "quick", application.ends.append)
    application.until(lambda: bool(application.ends) and not application.run.is_busy)
    assert application.ends == ["quick"]


def test_the_pump_stands_still_when_all_is_done(application: AnApplication) -> None:
    application.run.start("Segmenting", lambda progress, is_cancelled: None, application.ends.append)
    application.until(lambda: bool(application.ends))
    application.until(lambda: not application.pump.is_running)
    assert not application.timers[0].is_on
