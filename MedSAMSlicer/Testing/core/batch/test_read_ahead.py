"""One ahead, in order, and never more."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from medsam_core.batch.read_ahead import read_ahead


def test_the_items_come_in_order_and_prepared_in_one_other_thread() -> None:
    threads = set()

    def prepare(item: int) -> int:
        threads.add(threading.get_ident())
        return item * 10

    with read_ahead(prepare, range(20)) as ready:
        assert list(ready) == [n * 10 for n in range(20)]
    assert len(threads) == 1 and threading.get_ident() not in threads
    with read_ahead(prepare, []) as ready:
        assert list(ready) == []


def test_the_next_one_is_prepared_meanwhile_and_no_further_one() -> None:
    prepared: list[int] = []
    with read_ahead(prepared.append, range(9)) as ready:
        for n, _ in enumerate(ready):
            until = time.monotonic() + 5
            while len(prepared) < min(n + 2, 9) and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(0.005)
            assert prepared == list(range(min(n + 2, 9)))


class _Volume:
    pass


def test_at_most_two_are_held_at_a_time() -> None:
    alive: weakref.WeakSet[_Volume] = weakref.WeakSet()
    most = 0

    def prepare(_: int) -> _Volume:
        gc.collect()
        nonlocal most
        volume = _Volume()
        alive.add(volume)
        most = max(most, len(alive))
        return volume

    with read_ahead(prepare, range(8)) as ready:
        for volume in ready:
            time.sleep(0.002)
            del volume
    assert most <= 2 and len(alive) <= 1


def test_an_error_comes_where_its_item_would() -> None:
    with pytest.raises(ZeroDivisionError), read_ahead(lambda n: 1 // (2 - n), range(5)) as ready:
        assert next(ready) == 0 and next(ready) == 1
        next(ready)


def test_leaving_early_does_not_wait_for_what_is_being_read() -> None:
    release = threading.Event()
    start = time.monotonic()
    with read_ahead(lambda n: n and release.wait(20), range(3)) as ready:
        next(ready)
    assert time.monotonic() - start < 5
    release.set()
