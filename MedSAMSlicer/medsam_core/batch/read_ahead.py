"""Prepare the next item in a thread while the present one is worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

ItemT = TypeVar("ItemT")
ReadyT = TypeVar("ReadyT")


@contextmanager
def read_ahead(prepare: Callable[[ItemT], ReadyT], items: Iterable[ItemT]) -> Iterator[Iterator[ReadyT]]:
    """Yield what `prepare` makes of the items, in order, at most one of them ahead.

    An error of `prepare` is raised where its item is asked for. When the block ends early, what is being
    prepared is not waited for.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
    try:
        yield _one_ahead(pool, prepare, items)
    except KeyboardInterrupt:
        # The process ends and would wait for the thread anyhow; and a reader of DICOM keeps stderr silent.
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _one_ahead(
    pool: ThreadPoolExecutor, prepare: Callable[[ItemT], ReadyT], items: Iterable[ItemT]
) -> Iterator[ReadyT]:
    waiting = None
    for item in items:
        ready = None if waiting is None else (waiting.result(),)
        waiting = pool.submit(prepare, item)
        if ready is not None:
            yield ready[0]
            del ready  # two volumes at a time, not three
    if waiting is not None:
        ready = waiting.result()
        waiting = None
        yield ready
