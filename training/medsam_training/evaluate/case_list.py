"""The cases to measure on, out of prepared sets and of folders as they are."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from medsam_core.errors import OptionError
from medsam_training.evaluate.case_images import CaseImages, images_of_prepared, images_of_source
from medsam_training.prepare.case_record import input_key
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.options import Intensity, PrepareOptions
from medsam_training.prepare.sources import find_cases
from medsam_training.prepared_set import PreparedSet
from medsam_training.prepared_set.manifest_file import NAME as MANIFEST
from medsam_training.prepared_set.prepared_case import SPLITS

EVERY = "all"


@dataclass(frozen=True, eq=False)
class ListedCase:
    """A case that is known but not read yet.

    Attributes:
        id: "set/case".
        set_name, patient, modality: as in a prepared set.
        mask: the file that its labels are in: co-registered images share it.
        labels: names of its labels where they are known beforehand, else None.
        stamp: changes when its files or the way they are read do.
        load: reads it.
    """

    id: str
    set_name: str
    patient: str
    modality: str | None
    mask: str
    labels: frozenset[str] | None
    stamp: str
    load: Callable[[], CaseImages] = field(repr=False)

    @property
    def name(self) -> str:
        """The id without its set."""
        return self.id.partition("/")[2] or self.id


def list_cases(
    sources: Sequence[Path],
    split: str | None = None,
    intensity: Iterable[str] = (),
    group_by: str | None = None,
    labels: Collection[str] = (),
    sets: Collection[str] = (),
) -> list[ListedCase]:
    """Cases of a split, in the order of their sources.

    Args:
        sources: prepared sets, or whatever `prepare` takes.
        split: train, val, test or all; by default test, or all of a folder that names no splits.
        intensity: presets as `prepare --intensity` takes them; for folders only, since a prepared set has
            its windows applied.
        group_by: as `prepare --group-by`, for folders only.
        labels: names that must be known.
        sets: only these; all by default.

    Raises:
        OptionError: nothing is left, or an option does not fit the sources.
        SourceError, PreparedSetError: a source cannot be used.
    """
    if split not in (None, EVERY, *SPLITS):
        raise OptionError("--split", f"there is no split '{split}'", f"use {', '.join(SPLITS)} or {EVERY}")
    presets = tuple(intensity)
    windows = Intensity.parse(presets)
    found: list[ListedCase] = []
    for source in sources:
        if is_prepared(source):
            if presets or group_by is not None:
                option = "--intensity" if presets else "--group-by"
                problem = f"does nothing for {source}, which is prepared"
                raise OptionError(option, problem, "give it to medsam-train prepare, or evaluate the folders")
            found += _prepared(PreparedSet.open(source), split or "test")
        else:
            found += _raw(source, split, windows, group_by)
    found = _of_sets(found, sets)
    _check(found, labels)
    return found


def is_prepared(source: Path) -> bool:
    """Whether a folder is what `medsam-train prepare --out` made."""
    return (source / MANIFEST).is_file() and (source / "arrays").is_dir()


def _prepared(source: PreparedSet, split: str) -> list[ListedCase]:
    cases = [case for case in source.cases if split in (EVERY, case.split)]
    if not cases:
        known = ", ".join(sorted({case.split for case in source.cases}))
        raise OptionError(source.folder, f"has no case of the split '{split}'", f"use --split {known} or all")
    return [
        ListedCase(
            case.id,
            case.set_name,
            case.group,
            case.modality,
            case.sources.get("mask", case.sources.get("image", case.id)),
            frozenset(case.labels.values()),
            f"{source.fingerprint}/{case.id}",
            lambda case=case: images_of_prepared(source, case),
        )
        for case in cases
    ]


def _raw(source: Path, split: str | None, windows: Intensity, group_by: str | None) -> list[ListedCase]:
    cases = find_cases([source], group_by)
    if any(case.split for case in cases):
        wanted = split or "test"
        cases = [case for case in cases if wanted == EVERY or case.split == wanted]
    elif split not in (None, EVERY):
        remedy = "leave --split out to measure all of it, or prepare it, which draws splits"
        raise OptionError("--split", f"{source} does not say which cases are for what", remedy)
    if not cases:
        problem = f"has no case of the split '{split or 'test'}'"
        raise OptionError(source, problem, "use another --split, or all")
    options = PrepareOptions(intensity=windows)
    return [_listed(case, options) for case in cases]


def _listed(case: CaseSource, options: PrepareOptions) -> ListedCase:
    return ListedCase(
        case.id,
        case.set_name,
        case.owner,
        case.modality,
        str(case.mask or case.image),
        None if case.labels is None or case.instances else frozenset(case.labels.values()),
        input_key(case, options),
        lambda: images_of_source(case, options.intensity.of(case.set_name)),
    )


def _of_sets(cases: list[ListedCase], sets: Collection[str]) -> list[ListedCase]:
    known = sorted({case.set_name for case in cases})
    for name in sets:
        if name not in known:
            raise OptionError("--sets", f"there is no set '{name}'", f"use {', '.join(known)}")
    return [case for case in cases if not sets or case.set_name in sets]


def _check(cases: Sequence[ListedCase], labels: Collection[str]) -> None:
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise OptionError("--data", f"two sources have a case {case.id}", "rename one folder")
        seen.add(case.id)
    known = {label for case in cases for label in case.labels or ()}
    if any(case.labels is None for case in cases):
        return
    for label in labels:
        if label not in known:
            near = difflib.get_close_matches(label, known, 1)
            remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known)[:12])}"
            raise OptionError("--labels", f"no case has '{label}'", remedy)
