"""Rows of a CSV file as people's programs write them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from medsam_core.errors import CasesError

_DELIMITERS = ",;\t"
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_csv_rows(path: Path, content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not blank: the number of its line, and its cells by column.

    A byte order mark, either kind of line end, quotes, blank lines, spaces around cells, and semicolons or
    tabs for commas are taken as they come. Names of columns are lower-cased.

    Raises:
        CasesError: it is no text, has no header or two columns of one name, or a row has too many cells.
    """
    text = _decoded(path, content)
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            if not columns:
                columns = _columns(path, stripped)
                continue
            yield reader.line_num, _row(f"{path}: line {reader.line_num}", columns, stripped)
    except csv.Error as error:
        subject = f"{path}: line {reader.line_num}"
        raise CasesError(subject, f"is no CSV ({error})", "check its quotes") from error
    if not columns:
        raise CasesError(path, "is empty", "give a header and a row for each case")


def _decoded(path: Path, content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise CasesError(path, "is not UTF-8 text", "save it as CSV UTF-8") from error
    if "\0" in text:
        raise CasesError(path, "is not text", "save it as CSV UTF-8")
    return text


def _columns(path: Path, cells: list[str]) -> list[str]:
    names = [cell.lower() for cell in cells]
    while names and not names[-1]:  # a spreadsheet's empty columns at the right
        names.pop()
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise CasesError(f"{path}: column '{twice}'", "is there twice", "remove one of them")
    return names


def _row(subject: str, columns: list[str], cells: list[str]) -> dict[str, str]:
    if any(cells[len(columns) :]):
        problem = f"has {len(cells)} cells, the header {len(columns)}"
        raise CasesError(subject, problem, 'put what has commas in quotes, like "10,20,5,60,80,5"')
    return dict(zip(columns, cells, strict=False))
