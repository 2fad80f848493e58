"""Boxes as the tracker gives them: of the mask on a slice nearby, a little wider, whatever is on this one.

Beyond an object's end there is nothing to find: the right answer is an empty mask, and a score of 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medsam_core.propagation.box_motion import LEAST_MARGIN, MARGIN_SHARE
from medsam_training.fit.mixture.labelled_objects import a_part, large_labels
from medsam_training.fit.mixture.labelled_slice import LabelledSlice
from medsam_training.fit.mixture.slice_catalogue import SliceCatalogue, SlicePlace
from medsam_training.fit.mixture.target import Target
from medsam_training.fit.mixture.view import View

_STEPS = (1, 1, 1, 2, 3)  # slices away; the tracker passes over two doubtful ones before it ends
_PART = 0.4  # of objects: one connected part of a label
_WRONG = 0.05  # of the box's side: how far off the mask before may have been


@dataclass(frozen=True, eq=False)
class Carried:
    """Two slices of one volume.

    Attributes:
        before: where the object is known.
        here: where it is looked for.
        steps: slices between them.
    """

    before: LabelledSlice
    here: LabelledSlice
    steps: int

    @classmethod
    def from_place(
        cls, rng: np.random.Generator, catalogue: SliceCatalogue, place: SlicePlace, beyond: float
    ) -> Carried | None:
        """A pair at a place, or at an end of one of its objects; None where the volume has no such slice.

        Args:
            rng: the example's.
            catalogue: of the slices.
            place: of a labelled one.
            beyond: how often the second slice shall lie beyond the end of an object.
        """
        sign, steps = int(rng.choice((-1, 1))), int(rng.choice(_STEPS))
        before = place
        if rng.random() < beyond:
            numbers = large_labels(catalogue.get(place).labels_yx)
            if numbers.size:
                first, last = catalogue.extent(place, int(rng.choice(numbers)))
                before = SlicePlace(place.case_id, place.axis, last if sign > 0 else first)
        here = catalogue.beside(before, sign * steps)
        return None if here is None else cls(catalogue.get(before), catalogue.get(here), steps)

    def targets(self, rng: np.random.Generator, view: View, count: int) -> list[Target]:
        """Up to `count` objects of the first slice, asked for on the second."""
        before, here = view.labels(self.before.labels_yx), view.labels(self.here.labels_yx)
        numbers = large_labels(before)
        if not numbers.size:
            return []
        margin = self.steps * LEAST_MARGIN * view.pixel
        return [
            _target(rng, before == number, here == number, self.steps * MARGIN_SHARE, margin)
            for number in rng.choice(numbers, count)
        ]


def _target(
    rng: np.random.Generator, before: np.ndarray, here: np.ndarray, share: float, least: float
) -> Target:
    if rng.random() < _PART:
        part = a_part(rng, before)
        if part is not before:
            before, here = part, _touching(here, part)
    rows, columns = np.flatnonzero(before.any(1)), np.flatnonzero(before.any(0))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)
    sides = np.tile(box[2:] - box[:2], 2)
    box += rng.uniform(-_WRONG, _WRONG, 4) * sides
    margin = max(least, share * sides.mean())
    box += np.array([-margin, -margin, margin, margin])
    return Target(here, np.clip(box, 0, before.shape[0]))


def _touching(mask: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The connected parts of a mask that share a pixel with another."""
    parts, _ = ndimage.label(mask)
    return np.isin(parts, np.setdiff1d(parts[other], 0))
