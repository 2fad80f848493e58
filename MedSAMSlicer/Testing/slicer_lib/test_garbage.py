"""Garbage is collected on the application's thread, whoever allocates."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from MedSAMSlicerLib.background_run import BackgroundRun
from MedSAMSlicerLib.garbage import ALL_SECONDS, YOUNG_SECONDS, Garbage
from testkit.beaten_timer import AnEventLoop


class Widget:
    """Left in a cycle; notes the thread that deletes it."""

    deleted_by: list[str] = []  # noqa: RUF012 - of all of them

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Widget.deleted_by.append(threading.current_thread().name)


@pytest.fixture(autouse=True)
def collection_as_it_was() -> Iterator[None]:
    gc.collect()
    Widget.deleted_by.clear()
    gc.enable()
    yield
    gc.enable()


def allocating(count: int = 30_000) -> list[list[int]]:
    """More than enough for Python to collect by itself."""
    return [[n] for n in range(count)]


def test_a_thread_at_work_deletes_no_widget_that_was_left_in_a_cycle() -> None:
    loop, ends = AnEventLoop(), []  # type: ignore[var-annotated]
    run = BackgroundRun(loop.pump)
    run.start("allocating", lambda *_: Widget() and allocating(), ends.append)
    loop.until(lambda: bool(ends) and not loop.pump.is_running)
    run.close()
    assert "medsam-worker" not in Widget.deleted_by
    assert gc.isenabled()
    gc.collect()
    assert Widget.deleted_by == ["MainThread"]


def test_without_holding_a_thread_does_delete_it() -> None:
    thread = threading.Thread(target=lambda: Widget() and allocating(), name="worker")
    thread.start()
    thread.join()
    assert Widget.deleted_by == ["worker"]


def test_long_work_leaves_no_garbage_about() -> None:
    now = [0.0]
    garbage = Garbage(lambda: now[0])
    garbage.hold()
    Widget()
    garbage.collect_if_due()
    assert Widget.deleted_by == []
    now[0] += YOUNG_SECONDS
    garbage.collect_if_due()
    assert Widget.deleted_by == ["MainThread"]
    old = Widget()
    gc.collect()  # it is old now
    del old
    now[0] += YOUNG_SECONDS
    garbage.collect_if_due()
    assert len(Widget.deleted_by) == 1
    now[0] += ALL_SECONDS
    garbage.collect_if_due()
    assert len(Widget.deleted_by) == 2


def test_who_switched_collection_off_finds_it_off() -> None:
    gc.disable()
    garbage = Garbage()
    garbage.hold()
    garbage.release()
    assert not gc.isenabled()
