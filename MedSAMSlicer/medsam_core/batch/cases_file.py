"""CASES files: what to segment, as JSON or CSV."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medsam_core.batch.case import DEFAULT_FORMAT, Case, check_suffix
from medsam_core.batch.case_entry import COLUMNS, CaseEntry, nearest_column
from medsam_core.batch.case_ids import distinct_ids
from medsam_core.batch.csv_rows import read_csv_rows
from medsam_core.batch.unique import check_unique
from medsam_core.errors import CasesError

LARGEST_FILE = 32 << 20
MOST_CASES = 100_000
_PROMPTS = ("box", "boxes", "prompts")

_Row = tuple[str, Any]  # where it stands, for messages; and what stands there


def read_cases(path: str | os.PathLike[str], format: str = DEFAULT_FORMAT) -> tuple[Case, ...]:
    """Read a list of cases.

    A JSON file is a list of objects, a CSV file has a header; the columns are image, box or boxes (in a CSV
    with semicolons between them) or prompts, and, if wanted, id, output, frame and series. Relative paths
    are relative to the file. An id that is not given is that of the output, else of the image, with the names
    of its folders where images are called alike.

    Whether images, prompts and boxes are any good is not looked at: that is for each case by itself.

    Args:
        path: the .json or .csv file, of at most 32 MB and 100,000 cases.
        format: suffix of the outputs that name none.

    Raises:
        CasesError: the file cannot be read, is no such list, has columns that are not known, or two cases
            have one id or would write one file, or an output would leave its folder.
    """
    given = Path(path)
    suffix = check_suffix(format)
    parse = _PARSERS.get(given.suffix.lower())
    if parse is None:
        raise CasesError(given, "is of a kind that is not known", "give a .json or .csv file")
    rows = parse(given, _content(given))
    return make_cases(rows, given.absolute().parent, suffix, str(given))


def make_cases(rows: Iterable[_Row], folder: Path, suffix: str, subject: str) -> tuple[Case, ...]:
    """Cases from rows, checked one by one and together.

    Args:
        rows: where each stands, and its columns.
        folder: that relative paths start from.
        suffix: format of the outputs that name none.
        subject: what to call the list in messages.

    Raises:
        CasesError: see `read_cases`.
    """
    entries: dict[str, CaseEntry] = {}
    for place, row in rows:
        if len(entries) == MOST_CASES:
            raise CasesError(subject, f"holds more than {MOST_CASES} cases", "split it")
        entries[place] = _entry(place, row)
    if not entries:
        raise CasesError(subject, "holds no case", "give one or more")
    ids = distinct_ids([entry.name(folder) for entry in entries.values()])
    cases = [_case(*item, folder, suffix) for item in zip(entries.items(), ids, strict=True)]
    check_unique(cases, list(entries))
    return tuple(cases)


def _case(placed: tuple[str, CaseEntry], case_id: str, folder: Path, suffix: str) -> Case:
    place, entry = placed
    try:
        return entry.case(case_id, folder, suffix)
    except CasesError as error:
        raise CasesError(f"{place}: {error.subject}", error.problem, error.remedy) from error


def _entry(place: str, row: object) -> CaseEntry:
    if not isinstance(row, Mapping):
        raise CasesError(place, "is no case", 'give {"image": ..., "box": ...}')
    unknown = next((name for name in row if name not in COLUMNS), None)
    if unknown is not None:
        shown = "".join(c if c.isprintable() else "?" for c in str(unknown)[:60])
        raise CasesError(f"{place}: column '{shown}'", "is not known", nearest_column(shown))
    try:
        return CaseEntry.model_validate(dict(row))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "it"
        message = first["msg"].removeprefix("Value error, ")
        problem = "is missing" if not row.get(name) else f"is wrong ({message[:1].lower()}{message[1:]})"
        raise CasesError(f"{place}: {name}", problem, "correct the list of cases") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CasesError(path, f"cannot be read ({reason})", "check the path") from error
    if len(content) > LARGEST_FILE:
        raise CasesError(path, f"is larger than {LARGEST_FILE >> 20} MB", "split it")
    return content


def _json_rows(path: Path, content: bytes) -> Iterator[_Row]:
    try:
        rows = json.loads(content.removeprefix(codecs.BOM_UTF8))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CasesError(path, f"is not JSON ({reason})", "correct it") from error
    if not isinstance(rows, list):
        raise CasesError(path, "is no list of cases", 'give [{"image": ..., "box": ...}, ...]')
    return ((f"{path}: case {number}", row) for number, row in enumerate(rows, 1))


def _csv_rows(path: Path, content: bytes) -> Iterator[_Row]:
    for line, row in read_csv_rows(path, content):
        if not any(name in row for name in _PROMPTS):
            raise CasesError(path, "has no column box, boxes or prompts", "add one of them")
        yield f"{path}: line {line}", row


_PARSERS = {".json": _json_rows, ".csv": _csv_rows}
