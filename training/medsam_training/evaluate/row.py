"""One measured mask: a line of the table."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from medsam_training.evaluate.measures import TOLERANCE_MM, TOLERANCE_PIXELS, Measures, measure, overlap
from medsam_training.evaluate.segmenter import Answer
from medsam_training.evaluate.subject import Subject


@dataclass(frozen=True)
class Variant:
    """What gave an answer, and to what: rows are compared within or between variants.

    Attributes:
        model: name of the segmenter.
        prompt: what it was told, in words ("box +-5 %", "5 points").
        image_size: of the network's input; None where there is no network.
        fusion: "" for one image, "mean" or "max" of the probabilities on several.
    """

    model: str
    prompt: str
    image_size: int | None = None
    fusion: str = ""

    def __str__(self) -> str:
        size = f", {self.image_size} px" if self.image_size else ""
        return f"{self.model}, {self.prompt}{size}{', ' + self.fusion if self.fusion else ''}"


@dataclass(frozen=True)
class Row:
    """One mask against the truth.

    Attributes:
        variant: what gave it.
        seed: that the prompt was drawn with.
        set_name, case_id, patient, modality: whose it is; modality "" where it is not known.
        label, number, part: of the object, see `Subject`.
        slice_number: None for a label in its whole case.
        truth_size: pixels or voxels of the truth.
        dsc, nsd, hd95, iou: see `Measures`; of slices of a case that is measured whole no nsd and hd95.
        score: the segmenter's own estimate of its IoU (of a case: the mean over its slices); or None.
        tolerance: of NSD.
        unit: of hd95 and the tolerance, "mm" or "px".
    """

    variant: Variant
    seed: int
    set_name: str
    case_id: str
    patient: str
    modality: str
    label: str
    number: int
    part: int
    slice_number: int | None
    truth_size: int
    dsc: float
    nsd: float | None
    hd95: float | None
    iou: float
    score: float | None
    tolerance: float
    unit: str


@dataclass(frozen=True)
class Tolerances:
    """Of NSD: one for volumes, in mm, one for pictures, in pixels, and others for sets by name."""

    mm: float = TOLERANCE_MM
    pixels: float = TOLERANCE_PIXELS
    by_set: tuple[tuple[str, float], ...] = ()

    def of(self, set_name: str, has_spacing: bool) -> float:
        """The tolerance of a set, in mm where it has a spacing, else in pixels."""
        return dict(self.by_set).get(set_name, self.mm if has_spacing else self.pixels)


def row_of(
    subject: Subject,
    answer: Answer,
    variant: Variant,
    seed: int,
    tolerances: Tolerances,
    surfaces: bool = True,
) -> Row:
    """Measure an answer on one slice; without `surfaces` only its overlap."""
    mask, truth, spacing = answer.mask_yx, subject.truth_yx, subject.spacing_yx
    tolerance = tolerances.of(subject.set_name, spacing is not None)
    found = measure(mask, truth, spacing, tolerance) if surfaces else overlap(mask, truth)
    return _row(subject, truth, spacing, found, answer.score, variant, seed, tolerance)


def case_row(
    about: Subject,
    mask: np.ndarray,
    truth: np.ndarray,
    spacing: tuple[float, ...] | None,
    score: float | None,
    variant: Variant,
    seed: int,
    tolerances: Tolerances,
    extent: tuple[int, ...] | None = None,
) -> Row:
    """Measure a label in its whole case, that `about` is an object of.

    `extent` is the shape of the case where the masks are a part of it.
    """
    tolerance = tolerances.of(about.set_name, spacing is not None)
    found = measure(mask, truth, spacing, tolerance, extent)
    row = _row(about, truth, spacing, found, score, variant, seed, tolerance)
    return dataclasses.replace(row, part=0, slice_number=None)


def _row(
    about: Subject,
    truth: np.ndarray,
    spacing: tuple[float, ...] | None,
    found: Measures,
    score: float | None,
    variant: Variant,
    seed: int,
    tolerance: float,
) -> Row:
    return Row(
        variant,
        seed,
        about.set_name,
        about.case_id,
        about.patient,
        about.modality or "",
        about.label,
        about.number,
        about.part,
        about.slice_number,
        int(np.count_nonzero(truth)),
        found.dsc,
        found.nsd,
        found.hd95,
        found.iou,
        score,
        tolerance,
        "px" if spacing is None else "mm",
    )
