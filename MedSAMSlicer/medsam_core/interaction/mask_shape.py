"""A mask of a slice as shapes that a view can draw at any zoom."""

from __future__ import annotations

import numpy as np


def mask_fill(mask_yx: np.ndarray) -> np.ndarray:
    """Rectangles that cover a mask, one for each run of pixels in a row.

    Args:
        mask_yx: (y, x) bool.

    Returns:
        (n, 4, 2) corners (x, y) in the slice's pixels, in order round each; a pixel reaches half a pixel
        beyond its centre. They touch and do not overlap.
    """
    corner_xy, crop = _cropped(mask_yx)
    y, x0, x1 = _runs(crop)
    low, high, above, below = x0 - 0.5, x1 - 0.5, y - 0.5, y + 0.5
    corners = ((low, above), (high, above), (high, below), (low, below))
    return np.stack([np.column_stack(corner) for corner in corners], axis=1) + corner_xy


def mask_outline(mask_yx: np.ndarray) -> np.ndarray:
    """The border of a mask.

    Args:
        mask_yx: (y, x) bool.

    Returns:
        (n, 2, 2) ends (x, y) of straight pieces along the edges of pixels.
    """
    corner_xy, crop = _cropped(mask_yx)
    padded = np.pad(crop, 1)
    y, x0, x1 = _runs(padded[1:] ^ padded[:-1])
    flat = np.stack([np.column_stack((x0, y)), np.column_stack((x1, y))], axis=1)
    x, y0, y1 = _runs((padded[:, 1:] ^ padded[:, :-1]).T)
    upright = np.stack([np.column_stack((x, y0)), np.column_stack((x, y1))], axis=1)
    return np.concatenate([flat - (1.5, 0.5), upright - (0.5, 1.5)]) + corner_xy


def _cropped(mask_yx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first column and row that hold something, and the mask from there to the last ones.

    An organ takes a tenth of a slice: on 512 x 512 pixels this makes both shapes take 0.4 ms instead of 3.
    """
    rows, columns = np.any(mask_yx, axis=1).nonzero()[0], np.any(mask_yx, axis=0).nonzero()[0]
    if not rows.size:
        return np.zeros(2), mask_yx[:1, :1]
    crop = mask_yx[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.array([columns[0], rows[0]], float), crop


def _runs(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, first and last + 1 column of each run of True."""
    steps = np.diff(np.pad(rows.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, first = np.nonzero(steps == 1)
    return row, first, np.nonzero(steps == -1)[1]
