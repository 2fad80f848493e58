"""What the user is marking right now on one slice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from medsam_core.errors import PromptError
from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.slice_grid import SliceGrid

Click = tuple[tuple[int, int], bool]


@dataclass(frozen=True, eq=False)
class LivePrompt:
    """A box, clicks or both on one slice, in whole pixels, so that a journal can repeat it exactly.

    Attributes:
        segment_id: for which segment.
        grid, index: the slice.
        box_xyxy: inclusive pixel corners, inside the slice, at least two pixels each way; or None.
        clicks: ((x, y), positive), in the order in which they were made.
    """

    segment_id: str
    grid: SliceGrid
    index: int
    box_xyxy: tuple[int, int, int, int] | None = None
    clicks: tuple[Click, ...] = ()

    @classmethod
    def of(
        cls,
        segment_id: str,
        grid: SliceGrid,
        index: int,
        box_xyxy: Iterable[float] | None = None,
        clicks: Iterable[tuple[Iterable[float], bool]] = (),
    ) -> LivePrompt:
        """Take what a face measured: corners in any order, fractions of pixels, a drag that left the slice.

        Raises:
            PromptError: there is no such slice, or numbers are missing or not finite.
        """
        if not 0 <= index < grid.count:
            remedy = f"give one of 0 to {grid.count - 1}"
            raise PromptError("prompt", f"there is no slice {index}", remedy)
        box = None if box_xyxy is None else _box(_numbers(box_xyxy, 4, "box"), grid.shape_yx)
        return cls(segment_id, grid, index, box, tuple(_click(*click, grid.shape_yx) for click in clicks))

    @property
    def is_askable(self) -> bool:
        """Whether it says where something is: a box, or a positive click."""
        return self.box_xyxy is not None or any(positive for _, positive in self.clicks)

    def without_clicks(self) -> LivePrompt:
        """The box alone."""
        return replace(self, clicks=())

    def without_last_click(self) -> LivePrompt:
        """As it was before the last click."""
        return replace(self, clicks=self.clicks[:-1])

    def segment(self) -> SegmentPrompt:
        """As prompts of a segment (of any name and label), in the pixels (x, y, n) of the grid.

        Raises:
            PromptError: it is not askable.
        """
        boxes = () if self.box_xyxy is None else (_box_on_slice(self.box_xyxy, self.index),)
        points = tuple(Point((x, y, self.index), positive) for (x, y), positive in self.clicks)
        return SegmentPrompt("segment", 1, boxes, points)


def _box_on_slice(box_xyxy: tuple[int, int, int, int], index: int) -> Box:
    x0, y0, x1, y1 = box_xyxy
    return Box((x0, y0, index), (x1, y1, index))


def _numbers(values: Iterable[float], count: int, subject: str) -> np.ndarray:
    numbers = np.array([float(value) for value in values])
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        raise PromptError(subject, "is not all numbers", f"give {count} finite numbers")
    return numbers


def _box(corners: np.ndarray, shape_yx: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """None while a drag has no size yet."""
    last = np.array([shape_yx[1] - 1, shape_yx[0] - 1])
    two = np.sort(corners.reshape(2, 2), axis=0)
    if np.any(two[1] < -0.5) or np.any(two[0] > last + 0.5):
        return None
    low, high = np.clip(np.floor(two + 0.5), 0, last).astype(int)
    return (*low.tolist(), *high.tolist()) if np.all(high > low) else None


def _click(xy: Iterable[float], positive: bool, shape_yx: tuple[int, int]) -> Click:
    x, y = np.floor(_numbers(xy, 2, "click") + 0.5).astype(int).tolist()
    if not (0 <= x < shape_yx[1] and 0 <= y < shape_yx[0]):
        raise PromptError("click", "lies outside of the slice", "click on the image")
    return (x, y), bool(positive)
