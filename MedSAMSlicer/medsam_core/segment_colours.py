"""Colours for segments that bring none."""

from __future__ import annotations

import colorsys

RGB = tuple[float, float, float]

# Okabe and Ito's palette without black ("Color Universal Design", 2008), told apart by colour-blind eyes.
_PALETTE: tuple[RGB, ...] = (
    (0.902, 0.624, 0.0),
    (0.337, 0.706, 0.914),
    (0.0, 0.620, 0.451),
    (0.941, 0.894, 0.259),
    (0.0, 0.447, 0.698),
    (0.835, 0.369, 0.0),
    (0.8, 0.475, 0.655),
)
_GOLDEN_RATIO = 0.6180339887498949


def palette_colour(label: int) -> RGB:
    """(red, green, blue) in 0..1 of a label from 1: seven fixed colours, then hues far from each other."""
    if label <= len(_PALETTE):
        return _PALETTE[label - 1]
    return colorsys.hsv_to_rgb(label * _GOLDEN_RATIO % 1.0, 0.65, 0.9)
