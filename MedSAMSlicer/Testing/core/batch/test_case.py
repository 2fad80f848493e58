"""A case is whole and safe as soon as it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.batch.case import Case, check_suffix
from medsam_core.errors import CasesError


def test_labels_are_named_after_the_id_unless_told_otherwise() -> None:
    assert Case("liver 3", Path("a.nii")).output == "liver 3.seg.nrrd"
    assert Case("liver 3", Path("a.nii"), output="x.nii.gz").output == "x.nii.gz"


@pytest.mark.parametrize(
    ("case_id", "output"), [("../a", ""), ("a", "../a.nrrd"), ("a", "a.docx"), ("a", "/a.nrrd")]
)
def test_a_case_that_would_write_elsewhere_or_no_labels_is_refused(case_id: str, output: str) -> None:
    with pytest.raises(CasesError):
        Case(case_id, Path("a.nii"), output=output)


def test_formats_are_those_that_can_be_written() -> None:
    assert check_suffix(".NII.GZ") == ".nii.gz"
    with pytest.raises(CasesError, match=r"\.seg\.nrrd"):
        check_suffix(".docx")


def test_the_source_is_what_segment_reads() -> None:
    case = Case("a", Path("a.nii"), ("1,2,3,4,5,6",), frame=2, series="7")
    assert case.source.boxes == ("1,2,3,4,5,6",) and case.source.frame == 2 and case.source.series == "7"
