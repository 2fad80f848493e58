"""A comparison, from checkpoints and specialists to one table and one figure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
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
from medsam_training.compare.examples import some_examples, timed_subjects
from medsam_training.compare.figure import draw_comparison
from medsam_training.compare.specialist_config import SpecialistConfig
from medsam_training.compare.specialist_training import check_trained, trained_specialist
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
from medsam_training.fit.config import Loop
from medsam_training.fit.launcher import Launch
from medsam_training.prepared_set import PreparedSet


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
        return _Comparison(contest, studies, folder, progress, say).table()


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


@dataclass(frozen=True, eq=False)
class _Comparison:
    contest: Contest
    studies: Sequence[Study]
    folder: ComparisonFolder
    progress: Progress | None
    say: Callable[[str], None]

    def table(self) -> ComparisonTable:
        """Models and the ellipse first: what is wrong with one of them is told before anything trains."""
        configs = [self._placed(config) for config in self.contest.specialists]
        for config in configs:
            check_trained(config)
        models, ellipse = promptable_competitors(self.contest.models), ellipse_competitor()
        found = {one.name: self._measured(one) for one in (*models, ellipse)}
        specialists = [self._trained(config) for config in configs]
        found |= {one.name: self._measured(one) for one in specialists}
        competitors = [*models, *specialists, ellipse]
        return self._written(competitors, _joined(competitors, found))

    def _placed(self, config: SpecialistConfig) -> SpecialistConfig:
        return config.model_copy(update={"out": str(self.folder.specialist(config.network.kind))})

    def _trained(self, config: SpecialistConfig) -> Competitor:
        self.say(f"training {config.name}")
        return specialist_competitor(config.network.kind, trained_specialist(config), self.contest.device)

    def _measured(self, one: Competitor) -> Evaluation:
        self.say(f"measuring {one.name}")
        key = hashlib.sha256(f"{one.name}/{one.contestant.identity}".encode()).hexdigest()[:16]
        split = {"val": "validation"}.get(self.contest.split, self.contest.split)
        kept = self.folder.measured(key)
        plan = self.contest.plan
        return evaluate(self.studies, [one.contestant], plan, kept, split=split, progress=self.progress)

    def _written(self, competitors: Sequence[Competitor], evaluation: Evaluation) -> ComparisonTable:
        self.say("timing")
        plan, uncounted = self.contest.plan, self.contest.uncounted
        subjects = timed_subjects(self.studies, plan)
        seconds = seconds_per_image(competitors, subjects, plan.askings[0], plan.seeds[0])
        table = table_of(evaluation, competitors, seconds, uncounted)
        write_results(self.folder.path, evaluation, find(evaluation, (), uncounted))
        write_csv(table, self.folder.table_csv)
        write_json(table, evaluation, competitors, self.folder.table_json)
        examples = some_examples(evaluation, self.studies, competitors)
        draw_comparison(table, examples, self.folder.figure)
        return table


def _joined(competitors: Sequence[Competitor], found: Mapping[str, Evaluation]) -> Evaluation:
    """Everyone's rows, in the order of the competitors."""
    each = [found[one.name] for one in competitors]
    return Evaluation(
        each[0].plan,
        tuple(one.contestant for one in competitors),
        each[0].split,
        tuple(row for one in each for row in one.slices),
        tuple(row for one in each for row in one.cases),
        {id_: problem for one in each for id_, problem in one.left_out.items()},
        tuple(dict.fromkeys(note for one in each for note in one.notes)),
        min(one.kept for one in each),
        sum(one.seconds for one in each),
    )
