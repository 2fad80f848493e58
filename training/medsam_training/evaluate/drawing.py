"""What all pictures of masks share."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes


def outline(axes: Axes, mask_yx: np.ndarray, colour: str, style: str) -> None:
    """The edge of a mask (y, x), closed at the image's edge too; nothing where the mask is empty."""
    if mask_yx.any():
        padded = np.pad(mask_yx, 1).astype(np.float32)
        x, y = (np.arange(-1, length + 1) for length in mask_yx.shape[::-1])
        axes.contour(x, y, padded, levels=[0.5], colors=[colour], linestyles=[style], linewidths=1.3)


def plain(text: str) -> str:
    """A name as it is: one with a dollar sign is no formula."""
    return "".join(c if c.isprintable() else "?" for c in text).replace("$", r"\$")
