"""One object on one slice: what a segmenter is asked for, and what is true."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Subject:
    """One object on one slice of a case.

    Attributes:
        set_name, case_id: where it belongs, and its case ("set/case").
        patient: whose it is; cases of one patient are not independent.
        modality: DICOM's short name, or None.
        label: what it is, by name.
        number: its number in the mask.
        slice_number: of its slice in the source.
        part: 0, or the number of the connected part where parts are objects of their own.
        images: uint8 (y, x) or (y, x, 3) each: one, or several co-registered ones (phases, sequences).
        truth_yx: (y, x) bool; may be empty only where no prompt is asked for.
        spacing_yx: of rows and columns in mm; None for pictures.
    """

    set_name: str
    case_id: str
    patient: str
    modality: str | None
    label: str
    number: int
    slice_number: int
    images: tuple[np.ndarray, ...] = field(repr=False)
    truth_yx: np.ndarray = field(repr=False)
    spacing_yx: tuple[float, float] | None
    part: int = 0

    @property
    def image_yx(self) -> np.ndarray:
        """The image, or the first of several."""
        return self.images[0]

    @cached_property
    def box_xyxy(self) -> np.ndarray:
        """(x0, y0, x1, y1) float64 pixel indices around the truth, corners inclusive."""
        rows, columns = np.flatnonzero(self.truth_yx.any(1)), np.flatnonzero(self.truth_yx.any(0))
        return np.array([columns[0], rows[0], columns[-1], rows[-1]], np.float64)

    @property
    def key(self) -> str:
        """Names it among all subjects: what random numbers are drawn from."""
        return f"{self.case_id}/{self.slice_number}/{self.number}/{self.part}"
