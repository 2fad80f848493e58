"""Who is measured: a segmenter at one input size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.segmenter import EllipseSegmenter, Segmenter

ELLIPSE = EllipseSegmenter.name


@dataclass(frozen=True, eq=False)
class Contestant:
    """A segmenter and what is known of it.

    Attributes:
        segmenter: what answers.
        image_size: of its network's input; None where there is no network.
        identity: equal for equal weights used in an equal way.
        about: what a report says of it, as plain values.
    """

    segmenter: Segmenter
    image_size: int | None = None
    identity: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As in tables."""
        return self.segmenter.name

    @property
    def is_automatic(self) -> bool:
        """Whether it finds every class by itself."""
        return not (self.segmenter.takes_boxes or self.segmenter.takes_points)

    def askings(self, planned: tuple[Asking, ...]) -> tuple[Asking, ...]:
        """The ways to ask it: those planned that suit it."""
        if self.is_automatic:
            return (Asking("none"),)
        return tuple(asking for asking in planned if asking.suits(self.segmenter))


def the_ellipse() -> Contestant:
    """The baseline that stands beside every model."""
    return Contestant(EllipseSegmenter(), None, ELLIPSE)
