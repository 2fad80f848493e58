"""A comparison, from checkpoints and specialists to one table and one figure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from medsam_core.errors import OptionError
from medsam_training.compare.comparison_folder import ComparisonFolder
from medsam_training.compare.competitor import (
    Competitor,
    ellipse_competitor,
    promptable_competitors,
    specialist_competitor,
)
from medsam_training.compare.examples import Example, answered, some_examples, subjects_of
from medsam_training.compare.figure import draw_comparison
from medsam_training.compare.specialist_config import SpecialistConfig
from medsam_training.compare.specialist_training import trained_specialist
from medsam_training.compare.stopwatch import seconds_per_image
from medsam_training.compare.table import ComparisonTable, table_of
from medsam_training.compare.table_files import write_csv, write_json
from medsam_training.evaluate.case_list import list_cases
from medsam_training.evaluate.findings import find
from medsam_training.evaluate.models import ModelWish
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.result_files import write_results
from medsam_training.evaluate.run import Evaluation, Progress, evaluate
from medsam_training.evaluate.study import Study, single_studies
from medsam_training.evaluate.subject import Subject
from medsam_training.fit.config import Loop
from medsam_training.fit.launcher import Launch
from medsam_training.prepared_set import PreparedSet

TIMED = 9  # objects of the stopwatch; the first is a rehearsal


@dataclass(frozen=True)
class Contest:
    """Who meets whom on what.

    Attributes:
        data: folder of the prepared set: its training cases are learned from, `split` is measured on.
        models: promptable checkpoints; the first competitor is what the others are tested against.
        specialists: what to train beside them; where each lies is decided by the folder.
        plan: how all are measured; its first way to ask is a box.
        split: val or test.
        uncounted: sets that are shown but not averaged.
        device: for measuring.
    """

    data: Path
    models: tuple[ModelWish, ...]
    specialists: tuple[SpecialistConfig, ...]
    plan: Plan
    split: str = "test"
    uncounted: tuple[str, ...] = ()
    device: str = "auto"


def compare(
    contest: Contest, out: Path, progress: Progress | None = None, say: Callable[[str], None] = print
) -> ComparisonTable:
    """Train what is to be trained, measure everyone on the same objects in the same boxes, write the results.

    Specialists that are trained and objects that are measured are not done again.

    Args:
        contest: who and on what.
        out: folder of the results.
        progress: called with (studies done, studies in all, id) while a competitor is measured.
        say: told what begins.

    Raises:
        MedSAMError: something cannot be used or written.
    """
    _check(contest)
    PreparedSet.open(contest.data)
    studies = single_studies(list_cases([contest.data], contest.split, labels=contest.plan.labels))
    _check_sets(studies, contest.uncounted)
    folder = ComparisonFolder(out)
    with folder.claimed():
        ready = [*promptable_competitors(contest.models), ellipse_competitor()]
        found = [_measured(one, contest, studies, folder, progress, say) for one in ready]
        for config in contest.specialists:
            kind, name = config.network.kind, config.name
            say(f"training {name}")
            run = trained_specialist(config.model_copy(update={"out": str(folder.specialist(kind))}))
            ready.insert(-1, specialist_competitor(kind, run, contest.device))
            found.insert(-1, _measured(ready[-2], contest, studies, folder, progress, say))
        return _written(contest, ready, _joined(ready, found), studies, folder, say)


def _check(contest: Contest) -> None:
    """Tell what cannot be before hours are spent."""
    if Launch.of(Loop()).processes > 1:
        raise OptionError("compare", "runs as one process", "start it without torchrun or srun --ntasks")
    kinds = [config.network.kind for config in contest.specialists]
    if not contest.models and not kinds:
        raise OptionError("--models", "there is nobody to compare", "give --models, --specialists, or both")
    twice = {kind for kind in kinds if kinds.count(kind) > 1}
    if twice:
        raise OptionError("--specialists", f"{min(twice)} is given twice", "give each once")
    if contest.split not in ("test", "val"):
        problem = f"'{contest.split}' is no split to measure on: specialists learn from the training cases"
        raise OptionError("--split", problem, "use test or val")
    if contest.plan.askings[0].kind != "box":
        raise OptionError("--jitter", "specialists are asked by boxes", "give a share")


def _check_sets(studies: Sequence[Study], uncounted: Collection[str]) -> None:
    known = sorted({study.first.set_name for study in studies})
    for name in uncounted:
        if name not in known:
            raise OptionError("--uncounted", f"there is no set '{name}'", f"use {', '.join(known)}")


def _measured(
    one: Competitor,
    contest: Contest,
    studies: Sequence[Study],
    folder: ComparisonFolder,
    progress: Progress | None,
    say: Callable[[str], None],
) -> Evaluation:
    say(f"measuring {one.name}")
    key = hashlib.sha256(f"{one.name}/{one.contestant.identity}".encode()).hexdigest()[:16]
    return evaluate(
        studies,
        [one.contestant],
        contest.plan,
        folder.measured(key),
        split={"val": "validation"}.get(contest.split, contest.split),
        progress=progress,
    )


def _joined(competitors: Sequence[Competitor], found: Sequence[Evaluation]) -> Evaluation:
    """Everyone's rows; what one could not use, nobody could."""
    return Evaluation(
        found[0].plan,
        tuple(one.contestant for one in competitors),
        found[0].split,
        tuple(row for one in found for row in one.slices),
        tuple(row for one in found for row in one.cases),
        {id_: problem for one in found for id_, problem in one.left_out.items()},
        tuple(dict.fromkeys(note for one in found for note in one.notes)),
        min(one.kept for one in found),
        sum(one.seconds for one in found),
    )


def _written(
    contest: Contest,
    competitors: Sequence[Competitor],
    evaluation: Evaluation,
    studies: Sequence[Study],
    folder: ComparisonFolder,
    say: Callable[[str], None],
) -> ComparisonTable:
    say("timing")
    asking, seed = contest.plan.askings[0], contest.plan.seeds[0]
    subjects = _timed_subjects(studies, contest.plan)
    seconds = seconds_per_image(competitors, subjects, asking, seed)
    table = table_of(evaluation, competitors, seconds, contest.uncounted)
    write_results(folder.path, evaluation, find(evaluation, (), contest.uncounted))
    write_csv(table, folder.table_csv)
    write_json(table, evaluation, competitors, folder.table_json)
    draw_comparison(table, _examples(contest, competitors, evaluation, studies), folder.figure)
    return table


def _timed_subjects(studies: Sequence[Study], plan: Plan) -> list[Subject]:
    """One object each of a few slices, spread over the studies."""
    found: list[Subject] = []
    step = max(1, len(studies) // TIMED)
    for study in studies[::step]:
        found += [subject for subject, _ in subjects_of(study, None, plan)][:TIMED]
        if len(found) >= TIMED:
            break
    return found[:TIMED]


def _examples(
    contest: Contest, competitors: Sequence[Competitor], evaluation: Evaluation, studies: Sequence[Study]
) -> list[Example]:
    variants = list(dict.fromkeys(row.variant for row in evaluation.slices))
    asking = contest.plan.askings[0]
    found = []
    for study, shown in some_examples(evaluation.slices, variants, studies, contest.plan):
        key = (shown.case_id, shown.slice_number, shown.number, shown.part, shown.seed)
        rows = [
            row
            for row in evaluation.slices
            if (row.case_id, row.slice_number, row.number, row.part, row.seed) == key
            and row.variant.prompt == str(asking)
        ]
        for subject, view in subjects_of(study, shown, contest.plan):
            found.append(answered(subject, view, competitors, asking, rows))
    return found
