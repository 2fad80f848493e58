"""The manifest out of finished cases: equal images looked for, splits given, what is missing told."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from medsam_training.prepare.case_record import CaseRecord
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import LeakError, SourceError
from medsam_training.prepare.options import PrepareOptions
from medsam_training.prepare.split import SplitMember, assign_splits, given_splits, same_images
from medsam_training.prepared_set.manifest_file import VERSION, DroppedCase, Manifest

_VANISHED = "its files changed while they were read; run the command again"


def build_manifest(
    cases: Sequence[CaseSource],
    records: Mapping[str, CaseRecord],
    problems: Mapping[str, str],
    options: PrepareOptions,
) -> Manifest:
    """The manifest of a set.

    Args:
        cases: all that were found.
        records: of those that are finished, by id.
        problems: of those that cannot be used, by id.
        options: of the run.

    Raises:
        SourceError: no case is left.
        LeakError: a patient, or an image, would be in two splits.
    """
    left_out = {case.id: problems.get(case.id, _VANISHED) for case in cases if case.id not in records}
    usable = [case for case in cases if case.id in records]
    if not usable:
        first = next(iter(left_out.values()))
        raise SourceError(
            "sources", f"none of the {len(cases)} cases can be used; the first: {first}", "correct them"
        )
    members = [split_member(case, records[case.id].case.content) for case in usable]
    doubles = _doubles(members, options)
    members = [member for member in members if member.id not in doubles]
    splits = assign_splits(members, options.split)
    finished = tuple(
        dataclasses.replace(
            records[case.id].case, group=case.owner, split=splits[case.id], may_train=case.may_train
        )
        for case in usable
        if case.id in splits
    )
    left_out |= doubles
    dropped = [
        DroppedCase(case.id, case.set_name, left_out[case.id]) for case in cases if case.id in left_out
    ]
    return Manifest(VERSION, options.to_json(), finished, tuple(dropped))


def split_member(case: CaseSource, content: str = "") -> SplitMember:
    """What a split has to know of a case."""
    return SplitMember(case.id, case.set_name, case.owner, content, case.split)


def _doubles(members: Sequence[SplitMember], options: PrepareOptions) -> dict[str, str]:
    """Cases to leave out because their image, or one of their patient, is in another split too: id to why.

    Raises:
        LeakError: there are some, and leaving them out was not asked for.
    """
    same = same_images(members, options.split)
    if same and not options.drop_duplicates:
        splits = given_splits(members, options.split)
        (case, other), more = next(iter(same.items())), len(same) - 1
        problem = f"is in {splits[case]} and shows what {other} in {splits[other]} shows"
        counted = f" ({more} more such cases)" if more else ""
        raise LeakError(case, problem + counted, "take them out, or pass --drop-duplicates")
    return {
        case: f"it, or its patient, shows what {other} in another split shows" for case, other in same.items()
    }
