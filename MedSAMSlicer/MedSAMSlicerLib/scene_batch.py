"""The same segmentation on several volumes of the scene, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from MedSAMSlicerLib.panel_work import PanelWork

if TYPE_CHECKING:
    from medsam_core.mrml.segment_plan import Plan


class SceneBatch:
    """Plans, computes and puts volume by volume; one that fails is told of, and the rest go on.

    Args:
        work: does it.
        plan: makes the plan of a volume node.
    """

    def __init__(self, work: PanelWork, plan: Callable[[Any], Plan]) -> None:
        self._work, self._plan = work, plan
        self._failures: list[str] = []
        self._count = 0

    def start(self, volumes: Sequence[Any]) -> None:
        """Begin; returns at once."""
        self._failures, self._count = [], len(volumes)
        self._next(list(volumes))

    def _next(self, volumes: list[Any]) -> None:
        if not volumes:
            self._tell()
            return
        node, rest = volumes[0], volumes[1:]
        title = f"{node.GetName()} ({self._count - len(rest)} of {self._count} volumes)"
        if not self._work.guarded(node.GetName(), lambda: self._carry_out(title, node, rest)):
            self._fail(rest)

    def _carry_out(self, title: str, node: Any, rest: list[Any]) -> None:
        self._work.carry_out(title, self._plan(node), lambda _: self._next(rest), lambda: self._fail(rest))

    def _fail(self, rest: list[Any]) -> None:
        self._failures.append(self._work.message)
        self._next(rest)

    def _tell(self) -> None:
        done = self._count - len(self._failures)
        if self._failures:
            self._work.warn(f"{done} of {self._count} volumes are segmented. {' / '.join(self._failures)}")
        else:
            self._work.tell(f"{done} of {self._count} volumes are segmented.")
