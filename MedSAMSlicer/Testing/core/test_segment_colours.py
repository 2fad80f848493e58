"""Neighbouring labels can be told apart by their colours."""

from __future__ import annotations

import itertools

from medsam_core.segment_colours import palette_colour


def test_the_first_thirty_labels_have_thirty_colours_in_range() -> None:
    colours = [palette_colour(label) for label in range(1, 31)]
    assert len(set(colours)) == 30
    assert all(0 <= part <= 1 for colour in colours for part in colour)


def test_neighbours_differ_clearly() -> None:
    for one, two in itertools.pairwise(palette_colour(label) for label in range(1, 60)):
        assert sum(abs(a - b) for a, b in zip(one, two, strict=True)) > 0.3
