"""The same table, however a program has written it, is the same rows."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.batch.csv_rows import read_csv_rows
from medsam_core.errors import CasesError

PLAIN = 'image,boxes\na.nii,"1,2,3,4,5,6;7,8,9,10,11,12"\nb c.nii,"1,2,3,4,5,6"\n'
EXPECTED = [
    {"image": "a.nii", "boxes": "1,2,3,4,5,6;7,8,9,10,11,12"},
    {"image": "b c.nii", "boxes": "1,2,3,4,5,6"},
]


def rows(content: bytes) -> list[dict[str, str]]:
    return [row for _, row in read_csv_rows(Path("cases.csv"), content)]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("\n", "\n\n , \n").encode(),
        PLAIN.replace("image,boxes", " Image , BOXES ,").encode(),
        b'image;boxes\na.nii;"1,2,3,4,5,6;7,8,9,10,11,12"\nb c.nii;1,2,3,4,5,6\n',
        b"image\tboxes\na.nii\t1,2,3,4,5,6;7,8,9,10,11,12\nb c.nii\t1,2,3,4,5,6",
    ],
    ids=["plain", "mark", "utf-16", "crlf", "cr", "blank lines", "spaces", "semicolons", "tabs"],
)
def test_every_program_s_csv_reads_alike(content: bytes) -> None:
    assert rows(content) == EXPECTED


def test_lines_are_counted_as_an_editor_does() -> None:
    assert [line for line, _ in read_csv_rows(Path("c.csv"), b"\nimage,box\n\na,1\nb,2\n")] == [4, 5]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"image,box\na.nii,1,2,3,4,5,6\n", "in quotes"),
        (b"image,image\na,b\n", "twice"),
        (b'image,box\n"a.nii', "quotes"),
        (b"image\n\xff\xfe\xfa", "UTF-8"),
        (b"image\na\0b\n", "not text"),
        (b"image\n" + b"x" * 200_000, "CSV"),
    ],
)
def test_what_is_no_csv_is_said_so(content: bytes, said: str) -> None:
    with pytest.raises(CasesError, match=said):
        rows(content)


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_error(content: bytes) -> None:
    with contextlib.suppress(CasesError):
        rows(content)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=12).map(
    str.strip
)


@given(st.lists(st.tuples(CELL.filter(bool), CELL), min_size=1, max_size=6))
def test_what_the_csv_module_writes_is_read_back(table: list[tuple[str, str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([("image", "box"), *table])
    assert [(r["image"], r["box"]) for r in rows(stream.getvalue().encode())] == table
