"""The objects of a study, slice by slice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from scipy import ndimage

from medsam_training.evaluate.case_images import CaseImages
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.study import Study
from medsam_training.evaluate.subject import Subject

_EIGHT_CONNECTED = np.ones((3, 3), int)

ObjectKey = tuple[int, int, int]  # slice number, label number, part


def wanted_numbers(images: CaseImages, plan: Plan) -> list[int]:
    """The label numbers of a case that are measured."""
    return sorted(n for n, name in images.names.items() if not plan.labels or name in plan.labels)


def subjects_on(
    study: Study, images: Sequence[CaseImages], slice_number: int, plan: Plan, whatever: bool = False
) -> list[Subject]:
    """The objects on one slice.

    Args:
        study, images: and its images, read.
        slice_number: one of the first image's.
        plan: which labels, and what is an object.
        whatever: every label of the case, also where the slice does not show it.
    """
    first = images[0]
    labels = first.labels_yx(slice_number)
    numbers = wanted_numbers(first, plan)
    found = [(n, 0, labels == n) for n in numbers] if whatever else list(_objects(labels, numbers, plan))
    if not found:
        return []
    pictures = tuple(image.image_yx(slice_number) for image in images)
    spacing = None if first.spacing_kji is None else first.spacing_kji[1:]
    case = study.first
    return [
        Subject(
            case.set_name,
            study.id,
            case.patient,
            case.modality,
            first.names[number],
            number,
            slice_number,
            pictures,
            mask,
            spacing,
            part,
        )
        for number, part, mask in found
    ]


def object_keys(images: CaseImages, plan: Plan) -> list[ObjectKey]:
    """All objects of a case, without their images."""
    numbers = wanted_numbers(images, plan)
    return [
        (k, number, part)
        for k in images.slice_numbers
        for number, part, _ in _objects(images.labels_yx(k), numbers, plan)
    ]


def _objects(
    labels_yx: np.ndarray, numbers: Collection[int], plan: Plan
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Label number, part and mask of what is large enough."""
    for number in sorted(set(np.unique(labels_yx).tolist()) & set(numbers)):
        mask = labels_yx == number
        if plan.objects == "part":
            parts, count = ndimage.label(mask, structure=_EIGHT_CONNECTED)
            masks = [(part, parts == part) for part in range(1, count + 1)]
        else:
            masks = [(0, mask)]
        for part, one in masks:
            if np.count_nonzero(one) >= plan.fewest_pixels:
                yield number, part, one
