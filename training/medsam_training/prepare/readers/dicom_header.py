"""Headers of DICOM files, without their pixels."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_training.prepare.errors import SourceError

if TYPE_CHECKING:
    import pydicom

# What pydicom raises on damaged files.
DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    EOFError,
    struct.error,
)


def need_pydicom() -> None:
    """Say what to install where pydicom is missing."""
    try:
        import pydicom  # noqa: F401
    except ImportError as error:
        problem = "is needed to read DICOM segmentations"
        raise SourceError("pydicom", problem, "pip install pydicom") from error


def read_header(path: Path, tags: tuple[str, ...]) -> pydicom.Dataset | None:
    """The named elements of a file; None if it is no DICOM file or damaged."""
    need_pydicom()
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(tags))
    except (InvalidDicomError, *DAMAGE):
        return None
