"""How well two masks agree."""

from __future__ import annotations

import numpy as np


def dice(mask: np.ndarray, truth: np.ndarray) -> float:
    """Dice similarity coefficient 2 |A and B| / (|A| + |B|) of two bool arrays of one shape.

    Two empty masks agree: 1.
    """
    total = np.count_nonzero(mask) + np.count_nonzero(truth)
    return 2 * np.count_nonzero(mask & truth) / total if total else 1.0
