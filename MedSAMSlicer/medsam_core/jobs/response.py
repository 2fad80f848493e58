"""What comes back from the work on a request."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progressed:
    """A part of the answer.

    Attributes:
        request_id, topic: of the request.
        payload: what the handler yielded.
    """

    request_id: int
    topic: str
    payload: object = field(repr=False)


@dataclass(frozen=True)
class Finished:
    """The end of the answer; every part of it came as `Progressed` before.

    Attributes:
        request_id, topic: of the request.
        payload: the last part once more; None if there was none.
    """

    request_id: int
    topic: str
    payload: object = field(default=None, repr=False)


@dataclass(frozen=True)
class Failed:
    """The handler raised; nothing more follows.

    Attributes:
        request_id, topic: of the request.
        error: what was raised, of any kind.
    """

    request_id: int
    topic: str
    error: BaseException


@dataclass(frozen=True)
class Dropped:
    """The request was cancelled, or a newer one of its topic took its place; its work has ended.

    Attributes:
        request_id, topic: of the request.
    """

    request_id: int
    topic: str


Response = Progressed | Finished | Failed | Dropped
