"""Which request is worked on next."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from medsam_core.jobs.request import Request

Check = Callable[[], None]
"""Called by a handler before each long piece of work: lets what is more urgent go first, ends what was
cancelled by raising `Cancelled`."""

Handler = Callable[[Request, Check], Generator[object, None, None]]
"""Does the work of a request step by step, a part of the answer at each step."""


@dataclass(eq=False)
class Task:
    """A request and how far the work on it is.

    Attributes:
        request: what is to be done.
        order: how many requests came before it.
        steps: the handler's generator once it was begun.
        last: the latest part of the answer.
        is_stepping: whether a step of it is on the thread's stack right now.
        is_cancelled: whether it is to end.
    """

    request: Request
    order: int
    steps: Generator[object, None, None] | None = None
    last: object = None
    is_stepping: bool = False
    is_cancelled: bool = False

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Lower goes first: what has to be ended, then by priority, then by age."""
        return not self.is_cancelled, self.request.priority, self.order


class Agenda:
    """All tasks that have not ended: waiting, begun, interrupted. Not thread-safe."""

    def __init__(self) -> None:
        self._tasks: list[Task] = []
        self._added = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, request: Request) -> None:
        """Put a request on the agenda; cancel older ones of its topic before (`cancel`)."""
        self._tasks.append(Task(request, self._added))
        self._added += 1

    def remove(self, task: Task) -> None:
        """Take an ended task off."""
        self._tasks.remove(task)

    def cancel(self, topic: str | None) -> list[Task]:
        """Mark the tasks of a topic (all, for None) as to be ended.

        Returns:
            Those that never began: they are off the agenda at once. The others end when their thread gets
            to it.
        """
        chosen = [task for task in self._tasks if topic in (None, task.request.topic)]
        for task in chosen:
            task.is_cancelled = True
        unbegun = [task for task in chosen if task.steps is None and not task.is_stepping]
        for task in unbegun:
            self._tasks.remove(task)
        return unbegun

    def best(self, above: Task | None = None) -> Task | None:
        """The task to step next; None if there is none, or none that ranks above the given one."""
        free = (task for task in self._tasks if not task.is_stepping)
        found = min(free, key=lambda task: task.rank, default=None)
        if found is None or (above is not None and not found.rank < above.rank):
            return None
        return found
