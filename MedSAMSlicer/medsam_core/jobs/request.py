"""What is to be done: a frozen snapshot, so that nothing changes under the thread that does it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """The part of a request that decides when it runs; what is asked stands in a subclass.

    Attributes:
        id: a number that its responses carry.
        topic: what it is about. A newer request of a topic takes the place of the older one.
        priority: the lower, the sooner.
    """

    id: int
    topic: str
    priority: int
