"""What the summary says of a case."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from medsam_core.segmentation_result import SegmentationResult

Status = Literal["done", "skipped", "failed", "pending"]


@dataclass(frozen=True)
class CaseRow:
    """One line of the table.

    Attributes:
        id: of the case.
        status: "done" in this run, "skipped" because it was finished and unchanged, "failed", or "pending":
            not reached.
        seconds: from reading to writing; of a skipped case, when it was done.
        segments, voxels: how many there are; voxels of all segments together.
        ml: their volume; None for a picture.
        least_confidence, worst_slice: the least sure slice of all segments.
        reason: why it failed.
    """

    id: str
    status: Status
    seconds: float | None = None
    segments: int | None = None
    voxels: int | None = None
    ml: float | None = None
    least_confidence: float | None = None
    worst_slice: int | None = None
    reason: str = ""

    @classmethod
    def done(cls, case_id: str, result: SegmentationResult, seconds: float) -> CaseRow:
        """That of a case that was segmented."""
        volumes = [s.volume_ml for s in result.segments if s.volume_ml is not None]
        sure = [(value, k) for s in result.segments for k, value in s.confidence.items()]
        least, worst = min(sure, default=(None, None))
        return cls(
            case_id,
            "done",
            round(seconds, 3),
            len(result.segments),
            sum(s.voxels for s in result.segments),
            round(sum(volumes), 4) if volumes else None,
            None if least is None else round(float(least), 4),
            None if worst is None else int(worst),
        )

    def skipped(self, case_id: str) -> CaseRow:
        """The same case met again."""
        return dataclasses.replace(self, id=case_id, status="skipped")

    def to_json(self) -> dict[str, object]:
        """As plain values, in the order of the table's columns."""
        return dataclasses.asdict(self)


COLUMNS = tuple(field.name for field in dataclasses.fields(CaseRow))
ROW = TypeAdapter(CaseRow)
"""Checks a row that comes from a file."""
