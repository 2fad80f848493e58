"""The layouts, in the order they are tried."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from medsam_training.prepare.case_source import CaseSource, check_distinct
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.sources import (
    cvpr_npz,
    decathlon,
    dicom_cases,
    list_file,
    medsam_npy,
    paired_files,
    set_manifest,
)
from medsam_training.prepare.sources.images_alone import find_images


class Layout(NamedTuple):
    """One way that images and masks are laid out."""

    name: str
    recognises: Callable[[Path], bool]
    find: Callable[[Path], list[CaseSource]]


LAYOUTS: tuple[Layout, ...] = tuple(
    Layout(module.__name__.rpartition(".")[2], module.recognises, module.find)
    for module in (
        list_file,
        decathlon,
        set_manifest,
        medsam_npy,
        cvpr_npz,
        dicom_cases,
        paired_files,
    )
)


def find_cases(
    sources: Iterable[Path], group_by: str | None = None, images_only: bool = False
) -> list[CaseSource]:
    """All cases of all sources, in the order of their ids.

    Args:
        sources: folders, lists, or files that describe a set.
        group_by: a regular expression; what its first group (or all of it) finds in a case's name is the
            patient, for cases whose source names none.
        images_only: take every image for a case, without a mask, in place of looking for layouts.

    Raises:
        SourceError: a source is of no known layout or names two cases alike, or the expression is wrong.
    """
    pattern = _compiled(group_by)
    cases = [
        case
        for source in sources
        for case in (find_images(source) if images_only else _layout(source).find(source))
    ]
    if pattern is not None:
        if not any(pattern.search(case.name) for case in cases):
            raise SourceError("--group-by", f"'{group_by}' finds nothing in any case's name", "correct it")
        cases = [_grouped(case, pattern) for case in cases]
    check_distinct(cases)
    return sorted(cases, key=lambda case: case.id)


def _layout(source: Path) -> Layout:
    if not source.exists():
        raise SourceError(source, "does not exist", "check the path")
    for layout in LAYOUTS:
        if layout.recognises(source):
            return layout
    problem = "is of no layout that is known"
    remedy = "give a folder, a .csv or .json list with image and mask, dataset.json, or .npz"
    raise SourceError(source, problem, remedy)


def _compiled(group_by: str | None) -> re.Pattern[str] | None:
    try:
        return None if group_by is None else re.compile(group_by)
    except re.error as error:
        raise SourceError("--group-by", f"is no regular expression ({error})", "correct it") from error


def _grouped(case: CaseSource, pattern: re.Pattern[str]) -> CaseSource:
    found = pattern.search(case.name)
    if case.group is not None or found is None:
        return case
    whose = found.group(1) if pattern.groups else found.group()
    return dataclasses.replace(case, group=f"{case.set_name}/{whose}")
