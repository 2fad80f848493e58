"""What one prompt of an example is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Target:
    """The right answer, and the box that asks for it where that is not drawn around the answer.

    Attributes:
        mask_yx: (canvas, canvas) bool; empty where nothing is there.
        box_xyxy: outer edges in pixels of the canvas, float64; None: drawn around the mask. A target with an
            empty mask has one.
    """

    mask_yx: np.ndarray
    box_xyxy: np.ndarray | None = None
