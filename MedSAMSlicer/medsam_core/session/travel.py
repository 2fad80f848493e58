"""Which slices will be looked at next."""

from __future__ import annotations

REACH = 8
"""Slices ahead; at 4 MB each well inside the cache, and a second or two of a large model's time."""


def slices_ahead(index: int, direction: int, count: int, reach: int = REACH) -> tuple[int, ...]:
    """The neighbours of the slice on screen, in the order in which they are likely to be wanted.

    Three ahead for each one behind while the user travels, alternately while they stand.

    Args:
        index: the slice on screen; it is not among the result.
        direction: > 0 towards higher slices, < 0 towards lower, 0 standing.
        count: number of slices.
        reach: how many at most.
    """
    ahead = list(range(index + 1, count)) if direction >= 0 else list(range(index - 1, -1, -1))
    behind = list(range(index - 1, -1, -1)) if direction >= 0 else list(range(index + 1, count))
    stride = 3 if direction else 1
    order: list[int] = []
    while ahead or behind:
        order += ahead[:stride] + behind[:1]
        del ahead[:stride], behind[:1]
    return tuple(order[:reach])
