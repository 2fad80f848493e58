"""What is written beside the arrays of a finished case, so that it is not done again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from medsam_core.atomic_file import atomic_output
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.options import PrepareOptions
from medsam_training.prepared_set.array_file import open_slices
from medsam_training.prepared_set.errors import PreparedSetError
from medsam_training.prepared_set.prepared_case import PreparedCase

_VERSION = 1  # raise it when the same inputs give other arrays
_NOT_IN_ARRAYS = ("group", "split", "may_train")


@dataclass(frozen=True)
class CaseRecord:
    """A finished case.

    Attributes:
        key: of the inputs and options it was made with, see `input_key`.
        case: as it goes into the manifest; its split and group are those of the sources then.
    """

    key: str
    case: PreparedCase


_ADAPTER = TypeAdapter(CaseRecord)


def input_key(source: CaseSource, options: PrepareOptions) -> str:
    """A hash of everything that decides over a case's arrays; files go in by size and time of change."""
    described = {key: value for key, value in dataclasses.asdict(source).items() if key not in _NOT_IN_ARRAYS}
    files = [(str(path), *_stamp(path)) for path in source.files()]
    whole = [_VERSION, source.id, described, files, options.of_arrays(source.set_name)]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def write_record(folder: Path, record: CaseRecord) -> None:
    """Write a record, after the arrays of its case."""
    path = record_path(folder, record.case.id)
    with atomic_output(path, overwrite=True) as temporary:
        temporary.write_bytes(_ADAPTER.dump_json(record))


def read_record(folder: Path, case_id: str, key: str) -> CaseRecord | None:
    """The record of a case, if it was made with this key and its arrays are there and whole."""
    try:
        record = _ADAPTER.validate_json(record_path(folder, case_id).read_bytes())
    except (OSError, ValidationError):
        return None
    case = record.case
    if record.key != key or case.id != case_id:
        return None
    try:
        open_slices(folder / case.image_file, case.image_shape, (np.uint8,))
        open_slices(folder / case.labels_file, case.labels_shape, (np.uint8, np.uint16))
    except PreparedSetError:
        return None
    return record


def record_path(folder: Path, case_id: str) -> Path:
    """Where the record of a case lies."""
    return folder / "records" / f"{case_id}.json"


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return -1, -1
    return stat.st_size, stat.st_mtime_ns
