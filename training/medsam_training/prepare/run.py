"""A prepared set out of folders and lists: found, prepared case by case, split, checked, written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medsam_training.prepare.case_preparer import Job, Outcome, prepare_case
from medsam_training.prepare.case_record import CaseRecord, input_key, read_record
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.claimed_folder import claimed_folder
from medsam_training.prepare.manifest_builder import build_manifest, split_member
from medsam_training.prepare.options import PrepareOptions
from medsam_training.prepare.sources import find_cases
from medsam_training.prepare.split import check_listed, given_splits
from medsam_training.prepare.work_pool import default_workers, run_tasks
from medsam_training.prepared_set.manifest_file import NAME, Manifest, write_manifest

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Prepared:
    """What came of a run.

    Attributes:
        manifest: as it was written.
        made, kept: cases done in this run, and those that were done before and had not changed.
        seconds: of the run.
    """

    manifest: Manifest
    made: int
    kept: int
    seconds: float


def prepare_set(
    sources: Sequence[Path],
    folder: Path,
    options: PrepareOptions,
    *,
    workers: int | None = None,
    force: bool = False,
    group_by: str | None = None,
    images_only: bool = False,
    progress: Progress | None = None,
) -> Prepared:
    """Prepare a set in `folder`, or go on where a run stopped.

    A case whose files and options have not changed is not done again. One that cannot be used is left out
    and listed in the manifest. What the arrays hold does not depend on the number of workers.

    Args:
        sources: folders, lists, descriptions; see `sources.find.LAYOUTS`.
        folder: made if need be; must hold nothing else. If no case can be used it is left as it was.
        options: what the set is prepared with.
        workers: processes; by default one a core, as far as memory allows.
        force: do all cases anew.
        group_by, images_only: see `find_cases`.
        progress: called with (cases done, cases in all, id).

    Raises:
        SourceError: nothing is found, or nothing is left; LeakError: a patient or an image in two splits.
        OutputError: the folder cannot be used, or another run is at it.
    """
    began = time.monotonic()
    cases = find_cases(sources, group_by, images_only)
    members = [split_member(case) for case in cases]
    check_listed(members, options.split)
    given_splits(members, options.split)  # leaks are told before the work
    with claimed_folder(folder):
        records, todo = _already_done(cases, folder, options, force)
        if todo:
            (folder / NAME).unlink(missing_ok=True)  # no manifest stands over arrays that are being changed
        jobs = [Job(case, options, folder) for case in todo]
        problems = _prepared(jobs, len(records), workers or default_workers(), progress)
        records |= {
            case.id: record
            for case in todo
            if case.id not in problems
            and (record := read_record(folder, case.id, input_key(case, options))) is not None
        }
        manifest = build_manifest(cases, records, problems, options)
        write_manifest(folder, manifest)
    redone = {case.id for case in todo}
    made = sum(case.id in redone for case in manifest.cases)
    return Prepared(manifest, made, len(manifest.cases) - made, time.monotonic() - began)


def _already_done(
    cases: Sequence[CaseSource], folder: Path, options: PrepareOptions, force: bool
) -> tuple[dict[str, CaseRecord], list[CaseSource]]:
    records, todo = {}, []
    for case in cases:
        record = None if force else read_record(folder, case.id, input_key(case, options))
        if record is None:
            todo.append(case)
        else:
            records[case.id] = record
    return records, todo


def _prepared(jobs: list[Job], before: int, workers: int, progress: Progress | None) -> dict[str, str]:
    """Work through the jobs; ids and problems of those that failed."""
    problems = {}
    for done, (job, outcome) in enumerate(run_tasks(prepare_case, jobs, workers), before + 1):
        outcome = outcome or _killed(job)
        if outcome.problem is not None:
            problems[outcome.id] = outcome.problem
        if progress is not None:
            progress(done, before + len(jobs), outcome.id)
    return problems


def _killed(job: Job) -> Outcome:
    problem = "ended the process that read it (out of memory, as a rule); crop it, or use fewer --workers"
    return Outcome(job.source.id, f"{job.source.image}: {problem}")
