"""Observers of nodes that are all ended together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class NodeWatch:
    """Calls somebody at events of VTK objects, until it is cleared."""

    def __init__(self) -> None:
        self._observed: list[tuple[Any, int]] = []

    def on(self, node: Any, event: int | str, call: Callable[[], object]) -> None:
        """Call somebody at each event of a kind; nothing if there is no node."""
        if node is not None:
            self._observed.append((node, node.AddObserver(event, lambda *_: call())))

    def clear(self) -> None:
        """Call nobody any more."""
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed.clear()
