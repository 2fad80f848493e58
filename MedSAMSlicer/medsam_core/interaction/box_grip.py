"""Which part of a box is under the pointer, and what dragging it does."""

from __future__ import annotations

from dataclasses import dataclass

from medsam_core.interaction.slice_place import XY, BoxXYXY


@dataclass(frozen=True)
class BoxGrip:
    """A part of a box that is held.

    Attributes:
        box_xyxy: when it was taken.
        start: where it was taken.
        moves: which of x0, y0, x1, y1 follow the pointer.
    """

    box_xyxy: BoxXYXY
    start: XY
    moves: tuple[bool, bool, bool, bool]

    @classmethod
    def at(cls, box_xyxy: BoxXYXY, point: XY, reach: XY) -> BoxGrip | None:
        """Take a corner or an edge near a point, or the whole box inside of it; None beside the box.

        Args:
            box_xyxy: x0 <= x1, y0 <= y1.
            point: of the pointer.
            reach: how near is near, along x and y.
        """
        x0, y0, x1, y1 = box_xyxy
        (x, y), (rx, ry) = point, reach
        if not (x0 - rx <= x <= x1 + rx and y0 - ry <= y <= y1 + ry):
            return None
        left, right = _nearer(x, x0, x1, rx)
        top, bottom = _nearer(y, y0, y1, ry)
        if not (left or right or top or bottom):
            return cls(box_xyxy, point, (True, True, True, True))
        return cls(box_xyxy, point, (left, top, right, bottom))

    @classmethod
    def new(cls, point: XY) -> BoxGrip:
        """Begin a box at a point and hold its other corner."""
        return cls((*point, *point), point, (False, False, True, True))

    @property
    def is_new(self) -> bool:
        """Whether there was no box before."""
        return self.box_xyxy[:2] == self.box_xyxy[2:]

    def dragged(self, point: XY) -> BoxXYXY:
        """The box with the pointer at a point; corners in order."""
        by = (point[0] - self.start[0], point[1] - self.start[1]) * 2
        x0, y0, x1, y1 = (
            value + (step if moves else 0.0)
            for value, step, moves in zip(self.box_xyxy, by, self.moves, strict=True)
        )
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _nearer(at: float, low: float, high: float, reach: float) -> tuple[bool, bool]:
    to_low, to_high = abs(at - low), abs(at - high)
    return to_low <= reach and to_low <= to_high, to_high <= reach and to_high < to_low
