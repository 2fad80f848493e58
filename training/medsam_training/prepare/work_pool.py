"""Cases shared out to processes."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from typing import TypeVar

import psutil

Task = TypeVar("Task")
Result = TypeVar("Result")
_MEMORY_EACH = 2 << 30  # a CT of 512 x 512 x 1000, its mask and their 8-bit copies
_AHEAD = 2  # tasks a process, so that none waits for the parent


def default_workers() -> int:
    """As many as there are cores, but not more than memory is free for large volumes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, psutil.virtual_memory().available // _MEMORY_EACH))


def run_tasks(
    work: Callable[[Task], Result], tasks: Sequence[Task], workers: int
) -> Iterator[tuple[Task, Result | None]]:
    """Each task with its result, in the order they end.

    A process that is killed (for memory, as a rule) breaks its pool: what was under way is done again, one
    by one, and the task that ends its process then too has the result None.

    Args:
        work: a function of a module, since it goes to other processes.
        tasks: each handed out once only.
        workers: 1 works in this process.
    """
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield task, work(task)
        return
    left = deque(tasks)
    while left:
        suspects = yield from _until_broken(work, left, min(workers, len(left)))
        for task in suspects:
            broken = yield from _until_broken(work, deque([task]), 1)
            if broken:
                yield task, None


def _until_broken(work: Callable, left: deque, workers: int) -> Iterator:
    """Work through `left`, taking from its front; gives back what was under way when a process died."""
    with _pool(workers) as pool:
        running: dict[Future, object] = {}
        try:
            while left or running:
                while left and len(running) < workers * _AHEAD:
                    future = pool.submit(work, left[0])  # may raise: the task is then still among those left
                    running[future] = left.popleft()
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    yield running.pop(future), result
        except BrokenProcessPool:
            return list(running.values())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return []


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks of this process
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Let this process end when its parent is killed; a pool's processes would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)
