"""Where the slices of a mixture lie, in all planes of its volumes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from medsam_training.fit.mixture.labelled_slice import LabelledSlice, shrunk
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.prepared_set import PreparedCase, PreparedSet

LONGEST_SIDE = 400  # more than a canvas of 256, for views that zoom in; larger ones would be undersampled
ROUGHLY_ISOTROPIC = 1.6  # largest over smallest spacing; beyond it a resliced plane is a staircase
FEWEST_LABELLED = 20  # pixels; a slice that shows less of an object teaches noise


@dataclass(frozen=True)
class SlicePlace:
    """A plane of a case.

    Attributes:
        case_id: the case.
        axis: 0 for the slices as they are kept, 1 and 2 for planes across them.
        index: along that axis of the case's arrays.
    """

    case_id: str
    axis: int
    index: int


class SliceCatalogue:
    """Labelled slices by set.

    Args:
        source: the prepared set.
        places: of labelled slices, by set.
    """

    def __init__(self, source: PreparedSet, places: dict[str, list[SlicePlace]]) -> None:
        self.source, self.places = source, places

    @classmethod
    def of(cls, pool: SlicePool, sets: Collection[str]) -> SliceCatalogue:
        """The slices of a pool, and the planes across them where a volume is whole and roughly isotropic."""
        places: dict[str, list[SlicePlace]] = {name: [] for name in sets}
        seen: set[str] = set()
        for ref in pool.refs:
            case = pool.source.case(ref.case_id)
            if case.set_name not in places:
                continue
            places[case.set_name].append(SlicePlace(case.id, 0, ref.row))
            if case.id not in seen and _can_be_cut(case):
                places[case.set_name] += _across(pool.source, case)
            seen.add(case.id)
        return cls(pool.source, places)

    def get(self, place: SlicePlace) -> LabelledSlice:
        """The slice of a place, not larger than `LONGEST_SIDE`."""
        images, labels = self.source.arrays(place.case_id)
        image, labels_yx = (np.array(a.take(place.index, place.axis)) for a in (images, labels))
        cut = LabelledSlice(image, labels_yx, self.source.case(place.case_id).instances)
        return shrunk(cut, LONGEST_SIDE)

    def beside(self, place: SlicePlace, steps: int) -> SlicePlace | None:
        """The place so many slices away; None outside of the volume, or where slices between are missing."""
        case = self.source.case(place.case_id)
        index = place.index + steps
        if not 0 <= index < case.labels_shape[place.axis]:
            return None
        if place.axis == 0 and case.slice_numbers[index] - case.slice_numbers[place.index] != steps:
            return None
        return replace(place, index=index)

    def extent(self, place: SlicePlace, number: int) -> tuple[int, int]:
        """First and last index along the place's axis that show a label."""
        _, labels = self.source.arrays(place.case_id)
        others = tuple(axis for axis in range(3) if axis != place.axis)
        shown = np.flatnonzero((np.asarray(labels) == number).any(others))
        return int(shown[0]), int(shown[-1])


def _can_be_cut(case: PreparedCase) -> bool:
    spacing = case.spacing_mm
    whole = len(case.slice_numbers) == case.shape_kji[0] > 1
    return whole and spacing is not None and max(spacing) / min(spacing) <= ROUGHLY_ISOTROPIC


def _across(source: PreparedSet, case: PreparedCase) -> list[SlicePlace]:
    _, labels = source.arrays(case.id)
    places = []
    for axis in (1, 2):
        counts = np.count_nonzero(labels, axis=tuple(a for a in range(3) if a != axis))
        places += [SlicePlace(case.id, axis, int(i)) for i in np.flatnonzero(counts >= FEWEST_LABELLED)]
    return places
