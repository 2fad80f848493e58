"""No two cases of a batch share an id or a file."""

from __future__ import annotations

from collections.abc import Sequence

from medsam_core.batch.case import Case
from medsam_core.batch.case_files import SUMMARIES, names_of
from medsam_core.batch.case_names import same_file_key
from medsam_core.errors import CasesError


def check_unique(cases: Sequence[Case], places: Sequence[str]) -> None:
    """Refuse ids and file names that two cases share, be it on some systems only.

    Args:
        places: where each case stands, for the message.

    Raises:
        CasesError: naming both cases.
    """
    ids: dict[str, str] = {}
    files = {same_file_key(name): "the summary" for name in SUMMARIES}
    for case, place in zip(cases, places, strict=True):
        other = ids.setdefault(same_file_key(case.id), place)
        if other != place:
            problem = f"is that of {_shortly(other)} too"
            raise CasesError(f"{place}: id '{case.id}'", problem, "give each case an id of its own")
        for name in names_of(case):
            other = files.setdefault(same_file_key(name), place)
            if other != place:
                problem = f"is written by {_shortly(other)} too"
                raise CasesError(f"{place}: file '{name}'", problem, "give each case an output of its own")


def _shortly(place: str) -> str:
    return place.rpartition(": ")[2]
