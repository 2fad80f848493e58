"""True masks in the frame that the network answers in."""

from __future__ import annotations

import numpy as np

from medsam_core.inference.image_frame import ImageFrame


def truth_on(labels_yx: np.ndarray, frame: ImageFrame, side: int) -> np.ndarray:
    """Put a slice's labels (or mask) on the network's canvas, by the nearest pixel; padding is 0.

    Args:
        labels_yx: (y, x) of the slice.
        frame: where the slice lies on the network's input.
        side: of the canvas, which shows the whole input: the input's own side, or that of the answer.

    Returns:
        (side, side) of the same type.
    """
    canvas = np.zeros((side, side), labels_yx.dtype)
    rows, columns = (
        _nearest(length, max(1, round(resized * side / frame.image_size)))
        for length, resized in zip(labels_yx.shape, frame.resized_yx, strict=True)
    )
    canvas[: len(rows), : len(columns)] = labels_yx[np.ix_(rows, columns)]
    return canvas


def _nearest(length: int, samples: int) -> np.ndarray:
    return np.minimum((np.arange(samples) + 0.5) * length / samples, length - 1).astype(np.int64)
