"""What a propagation has found so far, in a view that cuts across its slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from medsam_core.interaction.slice_place import SlicePlace
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid


def cut_mask(slices: Mapping[int, SliceResult], grid: SliceGrid, place: SlicePlace) -> np.ndarray:
    """The mask on the slice of a view; each pixel takes what the nearest slice says there.

    Only pixels where something can be are looked at: 4 ms (12 on a busy core) for an organ of 150 x 130
    pixels on 200 slices of 512 x 512, so that a view follows a propagation.

    Args:
        slices: number -> what was found there.
        grid: on which they lie.
        place: what the view shows, of the same volume.

    Returns:
        (y, x) bool, in the pixels of the view's own slice.
    """
    mask_yx = np.zeros(place.grid.shape_yx, bool)
    found = [result for result in slices.values() if result.values_yx.size]
    if not found:
        return mask_yx
    numbers, rows, columns = _pixels(place, grid)
    in_slices = _within(numbers, [(one.index, 1) for one in found])
    in_rows = _within(rows, [(one.corner_yx[0], one.values_yx.shape[0]) for one in found])
    in_columns = _within(columns, [(one.corner_yx[1], one.values_yx.shape[1]) for one in found])
    at = np.nonzero(np.broadcast_to(in_slices & in_rows & in_columns, mask_yx.shape))
    numbers, rows, columns = (np.broadcast_to(a, mask_yx.shape)[at] for a in (numbers, rows, columns))
    for number, part in _groups(numbers):
        if number in slices:
            mask_yx[at[0][part], at[1][part]] = slices[number].covers(rows[part], columns[part])
    return mask_yx


def _pixels(place: SlicePlace, grid: SliceGrid) -> tuple[np.ndarray, ...]:
    """Slice, row and column in the grid nearest to each pixel of a view's slice; they broadcast to (y, x)."""
    matrix = grid.ijk_to_xyn @ place.grid.xyn_to_ijk
    y, x = np.ogrid[: place.grid.shape_yx[0], : place.grid.shape_yx[1]]
    places = []
    for row in matrix[[2, 1, 0]]:
        at = np.full((1, 1), row[2] * place.index + row[3])
        for step, along in ((row[0], x), (row[1], y)):
            at = at + step * along if abs(step) > 1e-9 else at  # stays small where the axes are parallel
        places.append(np.floor(at + 0.5).astype(int))
    return tuple(places)


def _within(values: np.ndarray, spans: list[tuple[int, int]]) -> np.ndarray:
    """Whether between the first start and the last end of (start, size)."""
    low, high = min(start for start, _ in spans), max(start + size for start, size in spans)
    return (values >= low) & (values < high)


def _groups(numbers: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each number, and where it stands."""
    if not numbers.size:
        return
    order = np.argsort(numbers, kind="stable")
    present, starts = np.unique(numbers[order], return_index=True)
    yield from zip(present.tolist(), np.split(order, starts[1:]), strict=True)
