"""Boxes, clicks and masks on one picture, in any form a caller may give them, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from medsam_core.errors import PromptError
from medsam_core.models.network import NEGATIVE, POSITIVE

_NO_CLICKS = np.zeros((0, 2))


class SlicePrompts(NamedTuple):
    """n prompts in the picture's pixels, checked.

    Attributes:
        boxes: n boxes (4,) float64 (x0, y0, x1, y1), or None where a prompt has none.
        points: n arrays (p, 2) float64 of clicks (x, y); p may be 0.
        labels: n arrays (p,) int64, 1 inside the object, 0 outside.
        mask_logits: (n, 1, h, w) float32 or None.
    """

    boxes: Sequence[np.ndarray | None]
    points: Sequence[np.ndarray]
    labels: Sequence[np.ndarray]
    mask_logits: np.ndarray | None


def read_prompts(
    size_yx: tuple[int, int],
    low_resolution: int,
    boxes_xyxy: Any = None,
    points_xy: Any = None,
    point_labels: Any = None,
    mask_logits: Any = None,
) -> SlicePrompts | None:
    """Check what a caller gave and bring it to one form; see `predictor.Predictor.predict` for the forms.

    Returns:
        The prompts, or None when there is neither a box nor a click nor a mask.

    Raises:
        PromptError: something is missing, not a number, of a wrong shape, inverted or outside the picture.
    """
    boxes = None if boxes_xyxy is None else _read_boxes(boxes_xyxy, size_yx)
    points = None if points_xy is None else _read_points(points_xy, size_yx)
    if boxes is None and points is None and mask_logits is None:
        return None
    if boxes is None and points is None:
        raise PromptError("mask", "it refines a prompt and cannot stand alone", "give the box or clicks too")
    n = len(boxes if boxes is not None else points)
    _check_count("points_xy", points, n)
    boxes = [None] * n if boxes is None else boxes
    labels = _read_labels(point_labels, points if points is not None else [_NO_CLICKS] * n)
    points = [_NO_CLICKS] * n if points is None else points
    for place, (box, clicks) in enumerate(zip(boxes, points, strict=True)):
        if box is None and not len(clicks):
            raise PromptError(f"prompt {place}", "it has neither a box nor a click", "give it one")
    return SlicePrompts(boxes, points, labels, _read_masks(mask_logits, n, low_resolution))


def _read_boxes(boxes_xyxy: Any, size_yx: tuple[int, int]) -> list[np.ndarray | None]:
    rows = _rows(boxes_xyxy, "boxes_xyxy", depth=1)
    return [None if row is None else _checked_box(row, f"box {n}", size_yx) for n, row in enumerate(rows)]


def _checked_box(row: Any, subject: str, size_yx: tuple[int, int]) -> np.ndarray:
    box = _numbers(row, (4,), subject)
    (height, width), (x0, y0, x1, y1) = size_yx, box
    shown = f"({x0:g}, {y0:g}, {x1:g}, {y1:g})"
    if x1 < x0 or y1 < y0:
        raise PromptError(subject, f"{shown} is inverted", "give x0, y0, x1, y1 with x0 <= x1, y0 <= y1")
    # The last pixel is width - 1; width itself, one past it, is what MedSAM's own data loader makes.
    if x0 < -0.5 or y0 < -0.5 or x1 > width or y1 > height or x0 > width - 0.5 or y0 > height - 0.5:
        remedy = f"x goes from 0 to {width - 1}, y from 0 to {height - 1}"
        raise PromptError(subject, f"{shown} is outside the picture of {width} x {height}", remedy)
    return box


def _read_points(points_xy: Any, size_yx: tuple[int, int]) -> list[np.ndarray]:
    rows = _rows(points_xy, "points_xy", depth=2)
    return [_checked_points(row, f"points of prompt {n}", size_yx) for n, row in enumerate(rows)]


def _checked_points(row: Any, subject: str, size_yx: tuple[int, int]) -> np.ndarray:
    if row is None or (hasattr(row, "__len__") and len(row) == 0):
        return _NO_CLICKS
    points = _numbers(row, (None, 2), subject)
    height, width = size_yx
    inside = (points >= -0.5).all(axis=1) & (points[:, 0] <= width - 0.5) & (points[:, 1] <= height - 0.5)
    if not inside.all():
        x, y = points[~inside][0]
        remedy = f"x goes from 0 to {width - 1}, y from 0 to {height - 1}"
        raise PromptError(subject, f"({x:g}, {y:g}) is outside the picture of {width} x {height}", remedy)
    return points


def _read_labels(point_labels: Any, points: list[np.ndarray]) -> list[np.ndarray]:
    if point_labels is not None and not any(map(len, points)):
        raise PromptError("point_labels", "there are no points to label", "give points_xy too")
    if point_labels is None:
        return [np.full(len(p), POSITIVE, np.int64) for p in points]
    rows = _rows(point_labels, "point_labels", depth=1)
    _check_count("point_labels", rows, len(points))
    labels = []
    for n, (row, clicks) in enumerate(zip(rows, points, strict=True)):
        subject = f"point_labels of prompt {n}"
        values = _numbers([] if row is None else row, (len(clicks),), subject)
        if not np.isin(values, (NEGATIVE, POSITIVE)).all():
            raise PromptError(subject, "a label is neither 0 nor 1", "use 1 inside the object, 0 outside")
        labels.append(values.astype(np.int64))
    return labels


def _read_masks(mask_logits: Any, n: int, side: int) -> np.ndarray | None:
    if mask_logits is None:
        return None
    masks = _numbers(mask_logits, (n, 1, side, side), "mask_logits").astype(np.float32)
    return np.ascontiguousarray(masks)


def _check_count(name: str, rows: Sequence[Any] | None, n: int) -> None:
    if rows is not None and len(rows) != n:
        raise PromptError(name, f"there are {len(rows)} of them for {n} prompts", "give one for each prompt")


def _rows(value: Any, name: str, depth: int) -> list[Any]:
    """One entry per prompt; a value of only `depth` levels of lists is one prompt's."""
    levels = _levels(value)
    if levels == 0 or len(value) == 0:
        raise PromptError(name, "it is not a list with numbers in it", "leave it out or give at least one")
    has_gaps = any(row is None or (depth == 2 and np.size(row) == 0) for row in value)
    return list(value) if levels > depth or has_gaps else [value]


def _levels(value: Any) -> int:
    """How deeply lists (or an array's axes) are nested."""
    if hasattr(value, "ndim"):
        return value.ndim
    if not isinstance(value, list | tuple):
        return 0
    return 1 + max((_levels(row) for row in value), default=0)


def _numbers(value: Any, shape: tuple[int | None, ...], subject: str) -> np.ndarray:
    """As float64 of that shape; None stands for any length."""
    wanted = " x ".join("n" if length is None else str(length) for length in shape)
    try:
        numbers = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise PromptError(subject, "it is not an array of numbers", f"give {wanted} numbers") from error
    fits = numbers.ndim == len(shape) and all(
        length in (None, found) for length, found in zip(shape, numbers.shape, strict=True)
    )
    if not fits:
        found = " x ".join(map(str, numbers.shape)) or "a single"
        raise PromptError(subject, f"{found} numbers were given", f"give {wanted}")
    if not np.isfinite(numbers).all():
        raise PromptError(subject, "a number is not finite", "remove NaN and infinity")
    return numbers
