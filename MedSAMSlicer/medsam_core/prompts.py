"""What a user marks on a volume: boxes and points, segment by segment."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.mask_prompt import MaskPrompt

IJK = tuple[int, int, int]

LARGEST_LABEL = 65535
LONGEST_NAME = 128

# How far beyond the outer face of the outermost voxels (half a voxel from their centres) a position still
# counts as on that face: room for rounding in millimetre coordinates, and no more.
_FACE_SLACK_VOXELS = 1e-2


@dataclass(frozen=True)
class Box:
    """An axis-aligned box of voxels between two inclusive corners.

    Raises:
        PromptError: a corner is not three whole numbers, or min exceeds max along an axis.
    """

    min_ijk: IJK
    max_ijk: IJK

    def __post_init__(self) -> None:
        object.__setattr__(self, "min_ijk", _checked_ijk(self.min_ijk, "box"))
        object.__setattr__(self, "max_ijk", _checked_ijk(self.max_ijk, "box"))
        if any(low > high for low, high in zip(self.min_ijk, self.max_ijk, strict=True)):
            remedy = "give the smaller corner first: I0,J0,K0,I1,J1,K1"
            raise PromptError(f"box {self}", "is inverted", remedy)

    def __str__(self) -> str:
        return ",".join(map(str, (*self.min_ijk, *self.max_ijk)))

    @classmethod
    def between(cls, corner: IJK, opposite: IJK) -> Box:
        """The box between two opposite corners, in any order."""
        pairs = list(zip(corner, opposite, strict=True))
        low, high = (tuple(pick(pair) for pair in pairs) for pick in (min, max))
        return cls(low, high)  # type: ignore[arg-type]

    @property
    def size_ijk(self) -> IJK:
        """Voxels along each axis, at least 1."""
        i, j, k = (high - low + 1 for low, high in zip(self.min_ijk, self.max_ijk, strict=True))
        return i, j, k

    @property
    def slices_k(self) -> range:
        """The slices it spans."""
        return range(self.min_ijk[2], self.max_ijk[2] + 1)

    @property
    def box_xyxy(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 in a slice: inclusive pixel corners."""
        return (*self.min_ijk[:2], *self.max_ijk[:2])

    def check_inside(self, geometry: Geometry) -> None:
        """Refuse a box that reaches outside of the volume, be it by one voxel, or is one row or column thin.

        A box is never cut to fit: a corner outside is most often a typing error, and a cut box would hide it.

        Raises:
            PromptError: with the range that is valid.
        """
        if min(self.size_ijk[:2]) < 2:
            raise PromptError(f"box {self}", "has no size in its slice", "let it span two columns and rows")
        for corner in (self.min_ijk, self.max_ijk):
            _check_inside(f"box {self}", corner, geometry)


@dataclass(frozen=True)
class Point:
    """A voxel that belongs to the segment (positive) or does not.

    Raises:
        PromptError: the position is not three whole numbers.
    """

    ijk: IJK
    positive: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "ijk", _checked_ijk(self.ijk, "point"))

    def __str__(self) -> str:
        return ",".join(map(str, self.ijk))

    def check_inside(self, geometry: Geometry) -> None:
        """Refuse a point outside of the volume.

        Raises:
            PromptError: with the range that is valid.
        """
        _check_inside(f"point {self}", self.ijk, geometry)


@dataclass(frozen=True)
class SegmentPrompt:
    """All boxes, points and drawn masks of one segment, its name and its label number.

    Raises:
        PromptError: the label is not 1 to 65535, the name is empty, too long or has control characters,
            there is neither box nor positive point nor mask, or two masks lie on one slice.
    """

    name: str
    label: int
    boxes: tuple[Box, ...] = ()
    points: tuple[Point, ...] = ()
    masks: tuple[MaskPrompt, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "boxes", tuple(self.boxes))
        object.__setattr__(self, "points", tuple(self.points))
        object.__setattr__(self, "masks", tuple(self.masks))
        subject = f"segment '{self.name[:LONGEST_NAME]}'"
        if isinstance(self.label, bool) or not isinstance(self.label, int | np.integer):
            raise PromptError(subject, f"its label {self.label!r} is no whole number", "give one from 1")
        if not 1 <= self.label <= LARGEST_LABEL:
            raise PromptError(subject, f"its label is {self.label}", f"give one from 1 to {LARGEST_LABEL}")
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            remedy = f"give 1 to {LONGEST_NAME} characters"
            raise PromptError(
                f"segment {self.label}", f"its name has {len(self.name.strip())} characters", remedy
            )
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in self.name):
            raise PromptError(
                f"segment {self.label}", "its name has control characters", "write it in one line"
            )
        if not self.boxes and not any(p.positive for p in self.points) and not self.masks:
            raise PromptError(subject, "has no box and no positive point", "mark it or leave it out")
        if len({mask.k for mask in self.masks}) < len(self.masks):
            raise PromptError(subject, "has two masks on one slice", "unite them")


@dataclass(frozen=True)
class Prompts:
    """The segments to make, in order; where two overlap, the more probable one wins (see ``segment_volume``).

    Raises:
        PromptError: there are none, or two have one label.
    """

    segments: tuple[SegmentPrompt, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.segments))
        if not self.segments:
            raise PromptError("prompts", "there are none", "give a box or a point")
        labels = [segment.label for segment in self.segments]
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice is not None:
            names = ", ".join(f"'{segment.name}'" for segment in self.segments if segment.label == twice)
            raise PromptError(f"segments {names}", f"share the label {twice}", "give each its own")

    @classmethod
    def from_boxes(cls, boxes: Sequence[Box], names: Sequence[str] = ()) -> Prompts:
        """One segment with one label for each box, as the option ``--box`` makes them.

        Args:
            boxes: labels are 1, 2, ... in their order.
            names: one for each box; "segment 1", "segment 2", ... without.

        Raises:
            PromptError: there are names, and not as many as boxes.
        """
        check_names(names, boxes)
        named = names or [f"segment {n}" for n in range(1, len(boxes) + 1)]
        rows = enumerate(zip(named, boxes, strict=True), 1)
        return cls(tuple(SegmentPrompt(name, label, (box,)) for label, (name, box) in rows))

    @property
    def names(self) -> dict[int, str]:
        """Label to name."""
        return {segment.label: segment.name for segment in self.segments}

    def check_inside(self, geometry: Geometry) -> None:
        """Refuse prompts of which any box or point reaches outside of the volume.

        Raises:
            PromptError: with the segment and the range that is valid.
        """
        for segment in self.segments:
            for prompt in (*segment.boxes, *segment.points, *segment.masks):
                try:
                    prompt.check_inside(geometry)
                except PromptError as error:
                    subject = f"segment '{segment.name}': {error.subject}"
                    raise PromptError(subject, error.problem, error.remedy) from error


def check_names(names: Sequence[str], boxes: Sequence[object], subject: str = "names") -> None:
    """Refuse names that do not fit the boxes one by one; no names at all are well.

    Raises:
        PromptError: with both numbers.
    """
    if names and len(names) != len(boxes):
        problem = f"the names are {len(names)}, the boxes {len(boxes)}"
        raise PromptError(subject, problem, "give one for each box, in the same order")


def parse_box(text: str) -> Box:
    """A box from ``I0,J0,K0,I1,J1,K1``, inclusive voxel corners, the smaller first.

    Raises:
        PromptError: another count of numbers, numbers that are not whole, or an inverted box.
    """
    words = [word.strip() for word in text.split(",")]
    remedy = "give six whole numbers I0,J0,K0,I1,J1,K1"
    if len(words) != 6:
        raise PromptError(f"box {text[:80]}", f"has {len(words)} numbers", remedy)
    if not all(_is_whole(word) for word in words):
        wrong = next(word for word in words if not _is_whole(word))
        raise PromptError(f"box {text[:80]}", f"'{wrong[:20]}' is no whole number", remedy)
    i0, j0, k0, i1, j1, k1 = map(int, words)
    return Box((i0, j0, k0), (i1, j1, k1))


def nearest_voxel(position: object, frame: str, geometry: Geometry, subject: str) -> IJK:
    """The voxel that a position of any frame lies in.

    A position on the outer face of the volume belongs to the outermost voxel, also if rounding of
    millimetres puts it a hundredth of a voxel further out: a box drawn around all of a volume fits. What lies
    further out is outside, and an error.

    Args:
        position: three numbers; mm in "ras" and "lps", voxels (perhaps fractions) in "ijk".
        frame: "ijk", "ras" or "lps".
        geometry: of the volume.
        subject: what to call the position in an error.

    Raises:
        PromptError: it lies outside of the volume.
    """
    exact = geometry.to_ijk(position, frame)
    last = np.asarray(geometry.size_ijk) - 1
    if np.any(exact < -0.5 - _FACE_SLACK_VOXELS) or np.any(exact > last + 0.5 + _FACE_SLACK_VOXELS):
        shown = ", ".join(f"{value:.6g}" for value in exact)
        problem = f"lies outside of the volume, at voxel {shown}"
        raise PromptError(subject, problem, _valid_range(geometry))
    i, j, k = np.clip(np.floor(exact + 0.5), 0, last).astype(int).tolist()
    return i, j, k


def _is_whole(word: str) -> bool:
    digits = word.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 10


def _checked_ijk(corner: object, subject: str) -> IJK:
    values = list(corner) if isinstance(corner, tuple | list | np.ndarray) else []
    whole = all(isinstance(value, int | np.integer) and not isinstance(value, bool) for value in values)
    if len(values) != 3 or not whole:
        raise PromptError(subject, f"{corner!r} is no voxel", "give three whole numbers i, j, k")
    i, j, k = map(int, values)
    return i, j, k


def _check_inside(subject: str, corner: IJK, geometry: Geometry) -> None:
    if any(not 0 <= value < size for value, size in zip(corner, geometry.size_ijk, strict=True)):
        size = " x ".join(map(str, geometry.size_ijk))
        raise PromptError(subject, f"reaches outside of the volume of {size} voxels", _valid_range(geometry))


def _valid_range(geometry: Geometry) -> str:
    i, j, k = (size - 1 for size in geometry.size_ijk)
    return f"valid are I 0 to {i}, J 0 to {j}, K 0 to {k}"
