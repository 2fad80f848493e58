"""A case before it is read: which files, and what is known about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from medsam_training.prepare.errors import SourceError

_UNSAFE = re.compile(r"[^\w.+-]+")
_LONGEST = 120


@dataclass(frozen=True)
class CaseSource:
    """One case to prepare.

    Attributes:
        name: what to call it within its set.
        set_name: the set, the name of its folder as a rule.
        image: a file, or the folder of a DICOM series.
        mask: its labels; None where `image` holds them too.
        kind: which loader reads it, a key of `readers.LOADERS`.
        group: whose it is; the case's own id where nothing is known.
        split: where the source says so.
        modality: DICOM's short name where the source says so.
        labels: what the numbers in the mask mean, where the source says so.
        members: the files of a case that is spread over many, slice by slice.
        frame: of a 4D image.
        series: of a DICOM folder.
        instances: numbers are objects of one kind.
        may_train: whether weights that are shipped may learn from it.
        full_id: the id, where a list gives it.
    """

    name: str
    set_name: str
    image: Path
    mask: Path | None = None
    kind: str = "pair"
    group: str | None = None
    split: str | None = None
    modality: str | None = None
    labels: dict[int, str] | None = None
    members: tuple[Path, ...] = ()
    frame: int | None = None
    series: str | None = None
    instances: bool = False
    may_train: bool = True
    full_id: str | None = None

    @property
    def id(self) -> str:
        """The id "set/case", safe as a path on every system."""
        parts = self.full_id.split("/") if self.full_id else [self.set_name, self.name]
        return "/".join(_safe(part) for part in parts)

    @property
    def owner(self) -> str:
        """The group; a case of unknown owner is a group of its own."""
        return self.group or self.id

    def files(self) -> Iterator[Path]:
        """Every file that the case is made of."""
        for path in (self.image, self.mask, *self.members):
            if path is None:
                continue
            if path.is_dir():
                yield from sorted(p for p in path.rglob("*") if p.is_file())
            else:
                yield path


def check_distinct(cases: Iterable[CaseSource]) -> None:
    """Refuse two cases of one id (ids that differ in case only are one file on some systems).

    Raises:
        SourceError: names the id and both images.
    """
    seen: dict[str, CaseSource] = {}
    for case in cases:
        other = seen.setdefault(case.id.casefold(), case)
        if other is not case:
            problem = f"is the id of two cases: {other.image} and {case.image}"
            raise SourceError(case.id, problem, "rename one, or give a list with an id column")


def _safe(part: str) -> str:
    return _UNSAFE.sub("_", part.strip()).strip(".")[:_LONGEST] or "case"
