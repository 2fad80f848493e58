"""What was measured on a study, kept so that it is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from medsam_core.atomic_file import atomic_output, make_folder
from medsam_training.evaluate.contestant import Contestant
from medsam_training.evaluate.objects import ObjectKey
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.study import Study
from medsam_training.evaluate.study_rows import StudyRows

FOLDER = "records"
_VERSION = 1  # raise it when the same inputs give other rows


@dataclass(frozen=True)
class Record:
    """Rows, and the key of all they were made from."""

    key: str
    rows: StudyRows


_ADAPTER = TypeAdapter(Record)


def record_key(
    study: Study, contestants: Sequence[Contestant], plan: Plan, chosen: Collection[ObjectKey] | None
) -> str:
    """A hash of everything that decides over a study's rows."""
    who = [(one.name, one.identity, one.image_size) for one in contestants]
    stamps = [(case.id, case.stamp) for case in study.cases]
    about = [study.id, study.phases, study.first.set_name, study.first.patient, study.first.modality]
    settings = {name: value for name, value in plan.to_json().items() if name != "most"}
    whole = [_VERSION, about, stamps, who, settings, sorted(chosen) if chosen is not None else None]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def read_record(folder: Path, study: Study, key: str) -> StudyRows | None:
    """The rows of a study if they are there, whole, and made with this key."""
    try:
        record = _ADAPTER.validate_json(_path(folder, study).read_bytes())
    except (OSError, ValidationError):
        return None
    return record.rows if record.key == key else None


def write_record(folder: Path, study: Study, key: str, rows: StudyRows) -> None:
    """Keep the rows of a study, whole or not at all."""
    path = _path(folder, study)
    make_folder(path.parent)
    with atomic_output(path, overwrite=True) as temporary:
        temporary.write_bytes(_ADAPTER.dump_json(Record(key, rows)))


def _path(folder: Path, study: Study) -> Path:
    return folder / FOLDER / f"{hashlib.sha256(study.id.encode()).hexdigest()[:24]}.json"
