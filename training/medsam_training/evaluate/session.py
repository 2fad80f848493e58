"""From checkpoints and folders to a finished report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from medsam_core.errors import OptionError
from medsam_training.evaluate.case_list import ListedCase, list_cases
from medsam_training.evaluate.contestant import Contestant, the_ellipse
from medsam_training.evaluate.findings import Findings, find
from medsam_training.evaluate.models import ModelWish, contestants_of, named_apart
from medsam_training.evaluate.overlays import draw_overlays, other_variant
from medsam_training.evaluate.page import write_page
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.result_files import write_results
from medsam_training.evaluate.run import PAGE, Evaluation, Progress, claimed, evaluate
from medsam_training.evaluate.study import Study, phase_studies, single_studies


@dataclass(frozen=True)
class Data:
    """What to measure on.

    Attributes:
        sources, split, intensity, group_by, sets: see `list_cases`.
        phases: see `phase_studies`.
    """

    sources: tuple[Path, ...]
    split: str | None = None
    intensity: tuple[str, ...] = ()
    group_by: str | None = None
    phases: str | None = None
    sets: tuple[str, ...] = ()


def evaluate_models(
    wish: ModelWish,
    against: ModelWish | None,
    data: Data,
    plan: Plan,
    folder: Path,
    sizes: Sequence[int] = (),
    uncounted: Collection[str] = (),
    progress: Progress | None = None,
) -> tuple[Evaluation, Findings]:
    """Measure a checkpoint, another one and the ellipse, and write the report.

    Args:
        wish, against: the checkpoints; `against` is what the first was before.
        data: what to measure on.
        plan: how.
        folder: of the report.
        sizes: of the networks' inputs; their own by default.
        uncounted: sets that are shown but not averaged.
        progress: called with (studies done, studies in all, id).

    Raises:
        MedSAMError: something cannot be used or written.
    """
    cases = list_cases(data.sources, data.split, data.intensity, data.group_by, plan.labels, data.sets)
    _check_sets(cases, uncounted)
    studies = phase_studies(cases, data.phases) if plan.fusions else single_studies(cases)
    models, notes = contestants_of(wish, sizes)
    others, more = contestants_of(against, sizes) if against is not None else ([], [])
    others = named_apart(models, others)
    contestants = [*models, *others, the_ellipse()]
    with claimed(folder):
        found = evaluate(
            studies,
            contestants,
            plan,
            folder,
            split=_split_word(data.split),
            notes=[*notes, *more, *_remarks(cases, studies, plan, contestants, uncounted)],
            progress=progress,
        )
        return found, write_report(folder, found, studies, others, uncounted)


def write_report(
    folder: Path,
    evaluation: Evaluation,
    studies: Sequence[Study],
    others: Sequence[Contestant] = (),
    uncounted: Collection[str] = (),
) -> Findings:
    """Write CSV, JSON and the page.

    Args:
        folder: held by `claimed`.
        evaluation: the rows.
        studies: that they are of.
        others: contestants that stand for "before".
        uncounted: sets that are shown but not averaged.
    """
    findings = find(evaluation, others, uncounted)
    write_results(folder, evaluation, findings)
    other = other_variant(findings.main)
    pictures = draw_overlays(evaluation, studies, findings.main[0], other)
    write_page(folder / PAGE, evaluation, findings, pictures, other)
    return findings


def _split_word(split: str | None) -> str:
    """What sentences call the data."""
    return {None: "test", "val": "validation", "train": "training", "all": ""}.get(split, split or "")


def _check_sets(cases: Sequence[ListedCase], uncounted: Collection[str]) -> None:
    known = {case.set_name for case in cases}
    for name in uncounted:
        if name not in known:
            raise OptionError("--uncounted", f"there is no set '{name}'", f"use {', '.join(sorted(known))}")


def _remarks(
    cases: Sequence[ListedCase],
    studies: Sequence[Study],
    plan: Plan,
    contestants: Sequence[Contestant],
    uncounted: Collection[str],
) -> list[str]:
    found = [f"{name} is shown but not counted in the mean of the sets." for name in uncounted]
    if all(case.patient == case.id for case in cases) and len(cases) > 1:
        found.append("No patients are named: every case counts as one (see --group-by).")
    alone = len(cases) - sum(len(study.cases) for study in studies)
    if alone:
        found.append(f"{alone} images that belong to no other were left out: there is nothing to fuse.")
    if plan.askings[1:] and all(one.is_automatic for one in contestants[:1]):
        found.append("The network takes no prompts: boxes and clicks are for the ellipse only.")
    return found
