"""Co-registered images of one case: contrast phases, MR sequences; as a rule there is one image alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from medsam_core.errors import OptionError
from medsam_training.evaluate.case_images import CaseImages
from medsam_training.evaluate.case_list import ListedCase
from medsam_training.prepare.errors import CaseError

_SEPARATORS = "_-. "


@dataclass(frozen=True, eq=False)
class Study:
    """Images of one case that share its truth.

    Attributes:
        id: "set/case", of the first image or of what their names have in common.
        cases: one for each image.
        phases: a name for each image; empty where there is one alone.
    """

    id: str
    cases: tuple[ListedCase, ...]
    phases: tuple[str, ...] = ()

    @property
    def first(self) -> ListedCase:
        """Whose truth, set and patient count."""
        return self.cases[0]

    def load(self) -> tuple[CaseImages, ...]:
        """Read all images.

        Raises:
            MedSAMError: one cannot be read, or they are not images of one case.
        """
        images = tuple(case.load() for case in self.cases)
        for case, other in zip(self.cases[1:], images[1:], strict=True):
            _check_same(self.first, images[0], case, other)
        return images


def single_studies(cases: Sequence[ListedCase]) -> list[Study]:
    """Every image by itself."""
    return [Study(case.id, (case,)) for case in cases]


def phase_studies(cases: Sequence[ListedCase], pattern: str | None = None) -> list[Study]:
    """Images of one case together; images that stand alone are left out.

    Args:
        cases: as they are listed.
        pattern: a regular expression; what it finds in a case's name tells the phase, and cases whose names
            are otherwise equal belong together. By default those whose labels are in one file.

    Raises:
        OptionError: the expression is wrong, or no two images belong together.
    """
    compiled = _compiled(pattern)
    together: dict[tuple[str, str], list[ListedCase]] = {}
    for case in cases:
        key = case.mask if compiled is None else compiled.sub("", case.name)
        together.setdefault((case.set_name, key), []).append(case)
    if all(len(members) == 1 for members in together.values()):
        remedy = r"name the phase in their names: --phases '_(flair|t1c)$'"
        raise OptionError("--fuse", "no two images belong to one case", remedy)
    return [_study(key, members, compiled) for key, members in together.items() if len(members) > 1]


def _study(key: tuple[str, str], members: list[ListedCase], pattern: re.Pattern[str] | None) -> Study:
    if pattern is None:
        return Study(members[0].id, tuple(members), _distinct_parts([case.name for case in members]))
    found = [pattern.search(case.name) for case in members]
    names = tuple(match.group().strip(_SEPARATORS) if match else "" for match in found)
    return Study("/".join(key), tuple(members), names)


def _distinct_parts(names: list[str]) -> tuple[str, ...]:
    """What is left of names without what they all begin with, cut at a separator."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    shared = "".join(letters[0] for letters in same)
    cut = 1 + max(shared.rfind(separator) for separator in _SEPARATORS)
    return tuple(name[cut:] or name for name in names)


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    try:
        return None if pattern is None else re.compile(pattern)
    except re.error as error:
        raise OptionError("--phases", f"is no regular expression ({error})", "correct it") from error


def _check_same(first: ListedCase, one: CaseImages, second: ListedCase, other: CaseImages) -> None:
    same = one.shape_kji == other.shape_kji and one.slice_numbers == other.slice_numbers
    if same:
        same = all(np.array_equal(one.labels_yx(k), other.labels_yx(k)) for k in one.slice_numbers)
    if not same:
        problem = f"has other slices or other labels than {first.id}"
        raise CaseError(second.id, problem, "only co-registered images with one truth can be fused")
