"""Ids of cases that were given none: after their images, and all different."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from medsam_core.batch.case_names import same_file_key, stem_of

_MOST_FOLDERS = 3


@dataclass(frozen=True)
class Unnamed:
    """An image as it stands in the list, and where it is; or a name that is settled."""

    text: str
    image: Path | None = None

    def name(self, folders: int) -> str:
        """The image's name after that many names of its folders."""
        if self.image is None:
            return self.text
        parents = self.image.parent.parts[-folders:] if folders else ()
        return "_".join([*(part for part in parents if part != self.image.anchor), stem_of(self.text)])


def distinct_ids(cases: Sequence[Unnamed]) -> list[str]:
    """An id for each: the image's name; where that is not enough, with its folder's before; else numbered.

    What is settled stays as it is, also if two are alike: that is for others to refuse.
    """
    ids = [case.name(0) for case in cases]
    for folders in range(1, _MOST_FOLDERS + 1):
        images: dict[str, set[Path | None]] = {}
        for case, name in zip(cases, ids, strict=True):
            images.setdefault(same_file_key(name), set()).add(case.image)
        ids = [
            case.name(folders) if case.image and len(images[same_file_key(name)]) > 1 else name
            for case, name in zip(cases, ids, strict=True)
        ]
    return _numbered(cases, ids)


def _numbered(cases: Sequence[Unnamed], ids: list[str]) -> list[str]:
    taken = Counter(same_file_key(case.text) for case in cases if case.image is None)
    for place, case in enumerate(cases):
        name, number = ids[place], 1
        while case.image is not None and taken[same_file_key(ids[place])]:
            number += 1
            ids[place] = f"{name}-{number}"
        taken[same_file_key(ids[place])] += 1
    return ids
