"""The numbers in a label map."""

from __future__ import annotations

import numpy as np


def labels_in(labels_kji: np.ndarray) -> list[int]:
    """The labels in a uint8 or uint16 map, 0 included, ascending.

    Slice by slice, since numpy would make an index of 8 bytes for every voxel.
    """
    seen = np.zeros(np.iinfo(labels_kji.dtype).max + 1, dtype=bool)
    for slice_yx in labels_kji:
        seen[slice_yx] = True
    return np.flatnonzero(seen).tolist()
