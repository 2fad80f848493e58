"""A name that is taken is a plain file on every system."""

from __future__ import annotations

import ntpath
import posixpath
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.batch.case_names import check_name, same_file_key, stem_of
from medsam_core.errors import CasesError

BAD = [
    "",
    ".",
    "..",
    ".hidden",
    "a/b",
    "../a",
    "/etc/passwd",
    "a\\b",
    "..\\a",
    "C:\\a",
    "C:a",
    "a／b",  # full-width solidus: NFKC makes it a separator
    "．．",
    "a\0b",
    "a\nb",
    "a\u202eb",
    "-rf",
    "=1+1",
    "~root",
    " a",
    "a ",
    "a.",
    "CON",
    "nul.seg.nrrd",
    "a*",
    "x" * 201,
    "\ud800",
]


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_is_no_plain_file_everywhere_is_refused(name: str) -> None:
    with pytest.raises(CasesError, match="id '"):
        check_name(name, "id")


@pytest.mark.parametrize("name", ["a", "case 7", "Fall_Ä-3.seg.nrrd", "患者１", "a..b", "conrad", "100%"])
def test_ordinary_names_of_any_language_are_taken(name: str) -> None:
    check_name(name, "id")


@given(st.text(max_size=30))
def test_a_name_that_is_taken_never_leaves_its_folder(name: str) -> None:
    try:
        check_name(name, "id")
    except CasesError:
        return
    for system in (posixpath, ntpath):
        assert system.basename(name) == name and not system.isabs(name)
        assert system.dirname(system.normpath(system.join("folder", name))) == "folder"


@given(st.text(max_size=30))
def test_names_that_differ_in_case_only_are_one_file(name: str) -> None:
    assert same_file_key(name) == same_file_key(same_file_key(name))
    assert same_file_key("Ä.nrrd") == same_file_key("ä.NRRD") == same_file_key("A\u0308.nrrd")


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        ("data/ct.nii.gz", "ct"),
        ("D:\\data\\ct.NII.GZ", "ct"),
        ("ct.seg.nrrd", "ct"),
        ("dicom/series 3/", "series 3"),
        ("scan.v2.mha", "scan.v2"),
        (".nii.gz", ".nii.gz"),
    ],
)
def test_the_stem_is_what_a_person_calls_the_image(path: str, stem: str) -> None:
    assert stem_of(path) == stem
    assert "/" not in Path(stem_of(path)).name
