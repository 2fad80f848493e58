"""The DICOM libraries that not every installation has."""

from __future__ import annotations

import importlib.util

from medsam_core.errors import OutputError


def check_dicom_library(subject: object) -> None:
    """Refuse to go on without the libraries that write DICOM.

    Raises:
        OutputError: with how to install them.
    """
    missing = next(
        (name for name in ("pydicom", "highdicom") if importlib.util.find_spec(name) is None), None
    )
    if missing is not None:
        problem = f"writing DICOM needs {missing}, which is not installed"
        raise OutputError(
            subject, problem, "in MedSAMSlicer's folder: pip install -c constraints.txt -e '.[dicom]'"
        )
