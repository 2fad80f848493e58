"""One case of a prepared set, and one of its slices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class PreparedCase:
    """What the manifest says of a case.

    Attributes:
        id: unique in the set; "set/case".
        set_name: the source it came from.
        group: whose it is: cases of one patient share it and lie in one split.
        split: train, val or test.
        modality: DICOM's short name, or None.
        shape_kji: slices, rows and columns of the source image.
        channels: 1 for grey, 3 for colour.
        spacing_mm: along i, j, k; None for pictures, which have none.
        direction: 9 numbers, row by row: the columns are the unit vectors of i, j, k in RAS.
        labels: number to name of what the label arrays hold; 0 is background.
        instances: numbers are objects of one kind, not classes.
        may_train: whether weights that are shipped may learn from it.
        slice_numbers: which slices of the source are kept; row r of the arrays is slice slice_numbers[r].
        slice_labels: the labels on each kept slice.
        image_file, labels_file: arrays, relative to the folder of the set.
        window: the intensity window used, as `IntensityWindow.to_json` gives it.
        sources: the files it was made of, as they were named.
        content: hash of the source image's values.
        cleaned: what the cleaning rules took away, by rule.
        notes: what had to be decided, in sentences.
    """

    id: str
    set_name: str
    group: str
    split: Split
    modality: str | None
    shape_kji: tuple[int, int, int]
    channels: Literal[1, 3]
    spacing_mm: tuple[float, float, float] | None
    direction: tuple[float, float, float, float, float, float, float, float, float]
    labels: dict[int, str]
    instances: bool
    may_train: bool
    slice_numbers: tuple[int, ...]
    slice_labels: tuple[tuple[int, ...], ...]
    image_file: str
    labels_file: str
    window: dict[str, str | float | bool | int]
    sources: dict[str, str]
    content: str
    cleaned: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of the image array: (n, y, x) or (n, y, x, 3)."""
        return self.labels_shape if self.channels == 1 else (*self.labels_shape, 3)

    @property
    def labels_shape(self) -> tuple[int, int, int]:
        """Shape (n, y, x) of the label array."""
        return len(self.slice_numbers), self.shape_kji[1], self.shape_kji[2]


@dataclass(frozen=True)
class SliceRef:
    """One kept slice.

    Attributes:
        case_id: its case.
        row: its place in the arrays of the case (not its number in the source).
        labels: the labels on it, of those that were asked for.
    """

    case_id: str
    row: int
    labels: tuple[int, ...]
