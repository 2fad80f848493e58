"""No case writes over another's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.batch.case import Case
from medsam_core.batch.unique import check_unique
from medsam_core.errors import CasesError


def check(*cases: Case) -> None:
    check_unique(cases, [f"list: case {n}" for n, _ in enumerate(cases, 1)])


def test_different_cases_pass() -> None:
    check(Case("a", Path("x")), Case("b", Path("x")), Case("summary", Path("x")))


@pytest.mark.parametrize(
    "other",
    [
        Case("A", Path("y")),
        Case("b", Path("y"), output="a.seg.NRRD"),
        Case("b", Path("y"), output="A.overview.png"),
    ],
)
def test_a_shared_id_or_file_names_both_cases(other: Case) -> None:
    with pytest.raises(CasesError, match=r"case 2: .* case 1 too"):
        check(Case("a", Path("x")), other)
