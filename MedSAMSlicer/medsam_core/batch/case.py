"""One row of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medsam_core.batch.case_names import check_name
from medsam_core.case_run import CaseSource
from medsam_core.errors import CasesError
from medsam_core.segmentation_writer import SUFFIXES

DEFAULT_FORMAT = ".seg.nrrd"


@dataclass(frozen=True)
class Case:
    """An image, its prompts, and what to call the result.

    Attributes:
        id: names the case in the summary, and its report and overview.
        image: a file or a DICOM folder.
        boxes: one segment each, as ``I0,J0,K0,I1,J1,K1`` (inclusive voxel corners) or as `Box`.
        prompts: a prompts file, instead of boxes.
        output: name of the file of labels; its suffix is the format. ``<id>.seg.nrrd`` by default.
        frame, series: which part of a 4D image or a DICOM folder.

    Raises:
        CasesError: id or output would not do as a plain file name, or the format is not known.
    """

    id: str
    image: Path
    boxes: tuple[str, ...] = ()
    prompts: Path | None = None
    output: str = ""
    frame: int | None = None
    series: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", Path(self.image))
        boxes = (self.boxes,) if isinstance(self.boxes, str) else self.boxes
        object.__setattr__(self, "boxes", tuple(str(box) for box in boxes))
        object.__setattr__(self, "output", self.output or f"{self.id}{DEFAULT_FORMAT}")
        check_name(self.id, "id")
        check_name(self.output, "output")
        if not self.output.lower().endswith(SUFFIXES):
            raise CasesError(f"output '{self.output}'", "has no suffix of a format", _ONE_OF)

    @property
    def source(self) -> CaseSource:
        """What is read for it."""
        return CaseSource(self.image, self.boxes, self.prompts, self.frame, self.series)


def check_suffix(suffix: str) -> str:
    """The suffix of a format, in lower case.

    Raises:
        CasesError: no such format.
    """
    if suffix.lower() not in SUFFIXES:
        raise CasesError(f"format '{suffix[:40]}'", "is not known", _ONE_OF)
    return suffix.lower()


_ONE_OF = f"use one of {' '.join(SUFFIXES)}"
