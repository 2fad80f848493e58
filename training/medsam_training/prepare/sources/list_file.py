"""Lists of pairs: .csv and .json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from medsam_core.batch.csv_rows import read_csv_rows
from medsam_core.errors import CasesError
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.modality import short_modality
from medsam_training.prepare.sources.file_names import stem

_LARGEST = 256 << 20


class _Row(BaseModel):
    """A row of a list."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    image: str
    mask: str
    id: str | None = None
    group: str | None = None
    split: Literal["train", "val", "test"] | None = None
    modality: str | None = None
    set: str | None = None


def recognises(source: Path) -> bool:
    """A .csv file, or a .json file that holds a list."""
    if source.suffix.lower() == ".csv":
        return source.is_file()
    return source.suffix.lower() == ".json" and source.is_file() and _starts_a_list(source)


def find(source: Path) -> list[CaseSource]:
    """The rows of a list with the columns image and mask and, if wanted, id, group, split, modality, set.

    Relative paths are relative to the list. Cells may be empty.

    Raises:
        SourceError: no such list, a column that is not known, or a row without image or mask.
    """
    cases = [_case(source, place, row) for place, row in _rows(source)]
    if not cases:
        raise SourceError(source, "holds no rows", "give the columns image and mask, a row for each case")
    return cases


def _starts_a_list(source: Path) -> bool:
    with source.open("rb") as stream:
        return stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def _rows(source: Path) -> Iterator[tuple[str, object]]:
    if source.stat().st_size > _LARGEST:
        raise SourceError(source, f"is larger than {_LARGEST >> 20} MB", "split it")
    content = source.read_bytes()
    if source.suffix.lower() == ".csv":
        try:
            for number, row in read_csv_rows(source, content):
                yield f"{source}: line {number}", row
        except CasesError as error:
            raise SourceError(error.subject, error.problem, error.remedy) from error
        return
    try:
        rows = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceError(source, f"is not JSON ({error})", "correct it") from error
    for number, row in enumerate(rows, 1):
        yield f"{source}: case {number}", row


def _case(source: Path, place: str, row: object) -> CaseSource:
    if not isinstance(row, Mapping):
        raise SourceError(place, "is no case", 'give {"image": ..., "mask": ...}')
    try:
        known = _Row.model_validate({name: value for name, value in row.items() if value not in ("", None)})
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        what = first["msg"].removeprefix("Input should be ")
        remedy = f"known columns are {', '.join(_Row.model_fields)}"
        raise SourceError(f"{place}: {first['loc'][0]}", f"is wrong or missing ({what})", remedy) from error
    folder = source.absolute().parent
    image, mask = folder / known.image, folder / known.mask
    return CaseSource(
        name=known.id or stem(image),
        set_name=known.set or source.stem,
        image=image,
        mask=mask,
        group=known.group,
        split=known.split,
        modality=short_modality(known.modality),
        full_id=known.id,
    )
