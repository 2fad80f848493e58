"""Measure models on studies: read, ask, compare with the truth, one study after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from medsam_core.atomic_file import make_folder
from medsam_core.errors import DeviceError, MedSAMError, OptionError, OutputError
from medsam_training.evaluate.contestant import Contestant
from medsam_training.evaluate.objects import ObjectKey
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.record import FOLDER, read_record, record_key, write_record
from medsam_training.evaluate.row import Row
from medsam_training.evaluate.sample import some_objects, some_studies
from medsam_training.evaluate.study import Study
from medsam_training.evaluate.study_rows import StudyRows, measure_study

Progress = Callable[[int, int, str], None]
CASES, SLICES, SUMMARY, PAGE, LOCK = "cases.csv", "slices.csv", "summary.json", "report.html", ".lock"
_OURS = frozenset({FOLDER, CASES, SLICES, SUMMARY, PAGE, LOCK})


@dataclass(frozen=True)
class Evaluation:
    """What was measured.

    Attributes:
        plan: how.
        contestants: who, the ellipse last.
        split: what was measured on, for sentences; "" where the data name no splits.
        slices, cases: all rows; `cases` is empty where slices were measured by themselves.
        left_out: studies that could not be used, with the reason.
        notes: sentences for the report.
        kept: studies that were measured in an earlier run.
        seconds: of this run.
    """

    plan: Plan
    contestants: tuple[Contestant, ...]
    split: str
    slices: tuple[Row, ...]
    cases: tuple[Row, ...]
    left_out: dict[str, str]
    notes: tuple[str, ...]
    kept: int
    seconds: float

    @property
    def rows(self) -> tuple[Row, ...]:
        """Those that means and tests are about."""
        return self.cases if self.plan.per == "case" else self.slices


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold a folder for results.

    Raises:
        OutputError: it holds other files, or another run is at it.
    """
    make_folder(folder)
    strangers = sorted({path.name for path in folder.iterdir()} - _OURS)
    if strangers:
        problem = f"holds other files ({strangers[0]})"
        raise OutputError(folder, problem, "give a new folder, or one that evaluate made")
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout as error:
        raise OutputError(folder, "is being written by another run", "wait for it to end") from error


def evaluate(
    studies: Sequence[Study],
    contestants: Sequence[Contestant],
    plan: Plan,
    folder: Path,
    *,
    split: str = "test",
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Evaluation:
    """Measure everyone on every study. A study that was measured in the same way before is not done again.

    Args:
        studies: what to measure on.
        contestants: who.
        plan: how.
        folder: held by `claimed`; gets the records of finished studies.
        split: for sentences.
        notes: for the report.
        progress: called with (studies done, studies in all, id).

    Raises:
        OptionError: nothing could be measured.
        OutputError: the folder cannot be written to.
        DeviceError: a model does not fit into memory.
    """
    began = time.monotonic()
    left_out: dict[str, str] = {}
    todo = _todo(studies, plan, left_out)
    done: list[StudyRows] = []
    kept = 0
    for place, (study, chosen) in enumerate(todo):
        if progress is not None:
            progress(place, len(todo), study.id)
        key = record_key(study, contestants, plan, chosen)
        rows = read_record(folder, study, key)
        kept += rows is not None
        if rows is None:
            rows = _measured(study, contestants, plan, chosen, left_out)
            if rows is None:
                continue
            write_record(folder, study, key, rows)
        done.append(rows)
    slices = tuple(row for rows in done for row in rows.slices)
    cases = tuple(row for rows in done for row in rows.cases)
    if not slices:
        raise _nothing(plan, left_out)
    seconds = time.monotonic() - began
    who = tuple(contestants)
    return Evaluation(plan, who, split, slices, cases, left_out, tuple(notes), kept, seconds)


def _todo(
    studies: Sequence[Study], plan: Plan, left_out: dict[str, str]
) -> Sequence[tuple[Study, Collection[ObjectKey] | None]]:
    if plan.most is None:
        return [(study, None) for study in studies]
    if plan.per == "case":
        return [(study, None) for study in some_studies(studies, plan)]
    return some_objects(studies, plan, left_out.__setitem__)


def _measured(
    study: Study,
    contestants: Sequence[Contestant],
    plan: Plan,
    chosen: Collection[ObjectKey] | None,
    left_out: dict[str, str],
) -> StudyRows | None:
    """The rows of a study; None if it cannot be used. What is wrong with a model or an option is raised."""
    try:
        return measure_study(study, study.load(), contestants, plan, chosen)
    except (OptionError, DeviceError):
        raise
    except MedSAMError as error:
        left_out[study.id] = str(error)
        return None


def _nothing(plan: Plan, left_out: dict[str, str]) -> MedSAMError:
    if left_out:
        first = next(iter(left_out.values()))
        return OptionError(
            "--data", f"none of {len(left_out)} cases can be used; the first: {first}", "correct them"
        )
    if plan.labels:
        return OptionError("--labels", f"no case shows {', '.join(plan.labels)}", "leave it out to see all")
    problem = "no object is large enough" if plan.per == "slice" else "nothing is labelled"
    return OptionError("--data", problem, "lower --min-pixels, or give cases with labels")
