"""The pump: naps while work is pending, drains, stands still else."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

from MedSAMSlicerLib.job_pump import NAP_SECONDS, JobPump
from testkit.segment_editor_double import TimerDouble


class SourceDouble:
    """Work that ends after some beats."""

    def __init__(self, beats: int = 0) -> None:
        self.beats, self.taken = beats, 0

    @property
    def is_busy(self) -> bool:
        return self.beats > 0

    def take(self) -> None:
        self.taken += 1
        self.beats -= self.beats > 0


class Pumped:
    """A pump, its timer, and the naps it took."""

    def __init__(self) -> None:
        self.naps: list[float] = []
        timers: list[TimerDouble] = []

        def make(slot: Callable[[], None]) -> TimerDouble:
            timers.append(TimerDouble(slot))
            return timers[0]

        self.pump = JobPump(make, self.naps.append)
        self.timer = timers[0]

    def run(self) -> int:
        beats = 0
        while self.timer.is_on:
            self.timer.fire()
            beats += 1
        return beats


def test_it_stands_still_until_it_is_woken_and_again_when_all_is_done() -> None:
    pumped, source = Pumped(), SourceDouble(beats=3)
    pumped.pump.follow(source)
    assert not pumped.timer.is_on
    pumped.pump.wake()
    assert pumped.pump.is_running
    pumped.run()
    assert source.beats == 0 and not pumped.pump.is_running


def test_it_naps_only_while_work_is_pending() -> None:
    pumped, source = Pumped(), SourceDouble(beats=3)
    pumped.pump.follow(source)
    pumped.pump.wake()
    beats = pumped.run()
    assert pumped.naps == [NAP_SECONDS] * 3 and beats == 4
    assert 0.002 <= NAP_SECONDS <= 0.004


def test_what_ends_between_asking_and_taking_is_taken_in_before_it_stops() -> None:
    pumped = Pumped()

    class Late(SourceDouble):
        answers = 1

        @property
        def is_busy(self) -> bool:
            return False  # the worker has ended; its last answer waits

        def take(self) -> None:
            self.answers = 0

    source = Late()
    pumped.pump.follow(source)
    pumped.pump.wake()
    pumped.run()
    assert source.answers == 0


def test_work_given_while_answers_are_taken_is_taken_in_even_if_it_ends_at_once() -> None:
    pumped = Pumped()

    class Quick(SourceDouble):
        asked, answered = 3, 0

        @property
        def is_busy(self) -> bool:
            return False  # whenever the pump looks, the worker has just ended

        def take(self) -> None:
            self.answered += 1
            if self.answered < self.asked:
                pumped.pump.wake()

    source = Quick()
    pumped.pump.follow(source)
    pumped.pump.wake()
    pumped.run()
    assert source.answered == 3


def test_work_given_while_answers_are_taken_keeps_it_running() -> None:
    pumped = Pumped()
    second = SourceDouble()

    class First(SourceDouble):
        def take(self) -> None:
            super().take()
            if self.taken == 1:
                second.beats = 2
                pumped.pump.wake()

    first = First()
    for source in (second, first):
        pumped.pump.follow(source)
    pumped.pump.wake()
    pumped.run()
    assert second.beats == 0


def test_sources_that_are_forgotten_or_gone_are_not_served() -> None:
    pumped, kept, gone = Pumped(), SourceDouble(), SourceDouble(beats=5)
    pumped.pump.follow(kept)
    pumped.pump.follow(gone)
    forgotten = SourceDouble(beats=5)
    pumped.pump.follow(forgotten)
    pumped.pump.forget(forgotten)
    del gone
    gc.collect()
    pumped.pump.wake()
    pumped.run()
    assert kept.taken == 1 and forgotten.taken == 0


def test_a_thread_gets_the_interpreter_while_the_loop_would_hold_it() -> None:
    """The loop here spins in Python as Slicer's does in C++: without naps the thread gets a share only."""
    counted = 0
    is_over = threading.Event()

    def count() -> None:
        nonlocal counted
        while not is_over.is_set():
            counted += 1

    pumped, source = Pumped(), SourceDouble(beats=40)
    pump_with_naps = JobPump(lambda slot: pumped.timer, time.sleep)
    pump_with_naps.follow(source)
    thread = threading.Thread(target=count)
    thread.start()
    started = time.perf_counter()
    for _ in range(40):
        pump_with_naps._beat()
    seconds = time.perf_counter() - started
    is_over.set()
    thread.join()
    assert counted > 1000 and seconds >= 40 * NAP_SECONDS
