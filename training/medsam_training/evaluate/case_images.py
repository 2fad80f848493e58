"""A case in memory, slice by slice, whatever it was read from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.slice_view import SliceView
from medsam_core.volume import Volume
from medsam_training.prepare.case_preparer import chosen_window
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.label_rules import LabelRules
from medsam_training.prepare.readers import load_case
from medsam_training.prepared_set import PreparedCase, PreparedSet, SliceRef

Slice = Callable[[int], np.ndarray]


@dataclass(frozen=True, eq=False)
class CaseImages:
    """A case to measure on.

    Attributes:
        names: of the labels, by number.
        shape_kji: of the whole volume.
        spacing_kji: in mm along k, j, i; None for pictures.
        slice_numbers: the slices that there are, in order; a prepared set may have dropped some.
        view: how a slice stands on a screen.
        image_yx, labels_yx: of one of `slice_numbers`: uint8 (y, x) or (y, x, 3), and label numbers (y, x).
    """

    names: dict[int, str]
    shape_kji: tuple[int, int, int]
    spacing_kji: tuple[float, float, float] | None
    slice_numbers: tuple[int, ...]
    view: SliceView
    image_yx: Slice = field(repr=False)
    labels_yx: Slice = field(repr=False)

    @property
    def is_flat(self) -> bool:
        """Whether it is one slice, to be measured in two dimensions."""
        return self.shape_kji[0] == 1


def images_of_prepared(source: PreparedSet, case: PreparedCase) -> CaseImages:
    """A case of a prepared set, under the intensity window that it was prepared with."""
    rows = {number: row for row, number in enumerate(case.slice_numbers)}

    def ref(number: int) -> SliceRef:
        return SliceRef(case.id, rows[number], ())

    return CaseImages(
        dict(case.labels),
        case.shape_kji,
        None if case.spacing_mm is None else case.spacing_mm[::-1],
        case.slice_numbers,
        _view(case),
        lambda number: source.image_yx(ref(number)),
        lambda number: source.labels_yx(ref(number)),
    )


def images_of_source(source: CaseSource, intensity: str) -> CaseImages:
    """A case as `prepare` reads it, its masks as they are: nothing is cleaned away.

    Args:
        source: of a layout that `prepare` knows.
        intensity: a preset of `medsam_core.intensity`.

    Raises:
        CaseError, VolumeError, IntensityError: it cannot be used.
    """
    loaded = load_case(source)
    labels, names = LabelRules.parse().apply(source, loaded)
    window = chosen_window(source, loaded, intensity)
    volume: Volume = loaded.volume
    geometry = volume.geometry
    return CaseImages(
        names,
        geometry.shape_kji,
        geometry.spacing_mm[::-1] if loaded.has_spacing else None,
        tuple(range(geometry.shape_kji[0])),
        SliceView.of(geometry, is_2d=not loaded.has_spacing),
        lambda number: window.apply(volume.slice_yx(number)),
        lambda number: labels[number],
    )


def _view(case: PreparedCase) -> SliceView:
    matrix = np.eye(4)
    if case.spacing_mm is not None:
        matrix[:3, :3] = np.reshape(case.direction, (3, 3)) * np.asarray(case.spacing_mm)
    return SliceView.of(Geometry(case.shape_kji[::-1], matrix), is_2d=case.spacing_mm is None)
