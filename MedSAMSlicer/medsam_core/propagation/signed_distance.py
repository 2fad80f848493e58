"""Masks as fields of distances, which can be added, weighed and stretched."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from medsam_core.propagation.slice_prompt import BoxXYXY


def signed_distance(mask_yx: np.ndarray) -> np.ndarray:
    """(y, x) float64: pixels to the edge of a mask that is not empty, more than 0 inside, less outside."""
    if mask_yx.all():
        return np.full(mask_yx.shape, float(max(mask_yx.shape)))
    inside, outside = ndimage.distance_transform_edt(mask_yx), ndimage.distance_transform_edt(~mask_yx)
    return np.where(mask_yx, inside - 0.5, 0.5 - outside)


def stretched(field_yx: np.ndarray, box_xyxy: BoxXYXY, onto_xyxy: BoxXYXY) -> np.ndarray:
    """A signed distance moved and stretched so that one box comes to lie on another, in its new pixels.

    Args:
        field_yx: (y, x), interpolated between pixels and continued as it is beyond the last ones.
        box_xyxy: inclusive corners of the box to be moved, in its pixels.
        onto_xyxy: where to.
    """
    (x0, y0, x1, y1), (to_x0, to_y0, to_x1, to_y1) = box_xyxy, onto_xyxy
    across, down = (to_x1 - to_x0 + 1) / (x1 - x0 + 1), (to_y1 - to_y0 + 1) / (y1 - y0 + 1)
    rows = _taken(field_yx, (np.arange(field_yx.shape[0]) - to_y0 + 0.5) / down + y0 - 0.5)
    columns = _taken(rows.T, (np.arange(field_yx.shape[1]) - to_x0 + 0.5) / across + x0 - 0.5)
    return columns.T * np.sqrt(across * down)


def _taken(field: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Rows at positions between rows: one axis after the other takes a tenth of the time of both at once."""
    positions = np.clip(positions, 0, len(field) - 1)
    low = np.minimum(positions.astype(np.intp), max(len(field) - 2, 0))
    share = (positions - low)[:, None]
    return field[low] * (1 - share) + field[np.minimum(low + 1, len(field) - 1)] * share
