"""Colours of segments: distinct, and told apart by colour-blind eyes too."""

from __future__ import annotations

RGB = tuple[float, float, float]

# Okabe and Ito's palette without black and grey, brightest on grey images first, then lighter tints.
_PALETTE: tuple[RGB, ...] = (
    (0.902, 0.624, 0.000),
    (0.337, 0.706, 0.914),
    (0.000, 0.620, 0.451),
    (0.941, 0.894, 0.259),
    (0.800, 0.475, 0.655),
    (0.835, 0.369, 0.000),
    (0.000, 0.447, 0.698),
)


def segment_colour(place: int) -> RGB:
    """Red, green, blue in 0..1 of the segment in `place` (0 for the first); lighter in each further round."""
    base = _PALETTE[place % len(_PALETTE)]
    tint = min(0.25 * (place // len(_PALETTE)), 0.6)
    red, green, blue = (value + (1 - value) * tint for value in base)
    return (red, green, blue)
