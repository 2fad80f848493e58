"""Whether DICOM can be written."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec

import pytest

from medsam_core.errors import OutputError
from medsam_core.formats.dicom_library import check_dicom_library


@pytest.mark.parametrize("missing", [None, "pydicom", "highdicom"])
def test_what_is_missing_is_named_with_the_way_to_it(
    monkeypatch: pytest.MonkeyPatch, missing: str | None
) -> None:
    found = ModuleSpec("any", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found)
    if missing is None:
        check_dicom_library("out.dcm")
        return
    words = rf"out\.dcm: .* needs {missing}, .*; in .*: pip install -c constraints\.txt -e '\.\[dicom\]'"
    with pytest.raises(OutputError, match=words):
        check_dicom_library("out.dcm")
