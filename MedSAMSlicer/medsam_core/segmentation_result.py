"""What segmenting a volume gives: labels, and for each segment how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.intensity import IntensityWindow
from medsam_core.segment_colours import RGB, palette_colour


@dataclass(frozen=True)
class StopRecord:
    """Where a run through the slices ended: direction "up" or "down", last slice kept, plain reason."""

    direction: str
    index: int
    reason: str

    def to_json(self) -> dict:
        """The row of the report."""
        return {"direction": self.direction, "slice": self.index, "reason": self.reason}


@dataclass(frozen=True)
class SegmentRecord:
    """One segment of a result.

    Attributes:
        label: its number in the label map.
        name: as the user called it.
        voxels: how many voxels carry the label.
        volume_ml: their volume in millilitres; None for a picture, which has no thickness.
        confidence: slice number -> 0..1.
        stops: where propagation stopped and why.
        colour: (red, green, blue) in 0..1, where it brings one of its own.
    """

    label: int
    name: str
    voxels: int
    volume_ml: float | None
    confidence: dict[int, float]
    stops: tuple[StopRecord, ...] = ()
    colour: RGB | None = None

    @property
    def worst_slice(self) -> int | None:
        """The slice of least confidence."""
        return min(self.confidence, key=self.confidence.__getitem__) if self.confidence else None

    def to_json(self) -> dict:
        """The row of the report."""
        return {
            "label": self.label,
            "name": self.name,
            "voxels": self.voxels,
            "volume_ml": self.volume_ml,
            "confidence": {str(k): round(v, 4) for k, v in sorted(self.confidence.items())},
            "worst_slice": self.worst_slice,
            "stops": [stop.to_json() for stop in self.stops],
        }


@dataclass(frozen=True, eq=False)
class SegmentationResult:
    """Labels of a volume and the record of how they were made.

    Attributes:
        labels_kji: (k, j, i) uint8 or uint16, 0 is background.
        geometry: the volume's own.
        segments: one record each, in the order of the prompts.
        window: the intensity window that was used.
        seconds: seconds spent by stage ("encode", "decode").
        encoded_slices: encoder calls that the embedding cache did not save.
        notes: what happened on the way that the user should know (fallbacks, ...).
    """

    labels_kji: np.ndarray = field(repr=False)
    geometry: Geometry
    segments: tuple[SegmentRecord, ...]
    window: IntensityWindow
    seconds: dict[str, float] = field(default_factory=dict)
    encoded_slices: int = 0
    notes: tuple[str, ...] = ()

    @property
    def confidence(self) -> dict[int, dict[int, float]]:
        """Label -> slice number -> confidence in 0..1."""
        return {segment.label: segment.confidence for segment in self.segments}

    @property
    def segment_names(self) -> dict[int, str]:
        """Label -> name."""
        return {segment.label: segment.name for segment in self.segments}

    @property
    def segment_colours(self) -> dict[int, RGB]:
        """Label -> (red, green, blue) in 0..1: the segment's own, else the palette's."""
        return {segment.label: segment.colour or palette_colour(segment.label) for segment in self.segments}
