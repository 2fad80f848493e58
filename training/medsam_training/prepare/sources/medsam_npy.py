"""MedSAM's own training folders: imgs/*.npy and gts/*.npy, a file for each slice."""

from __future__ import annotations

import re
from pathlib import Path

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.modality import short_modality

_NUMBERED = re.compile(r"^(.*?)[-_](\d+)$")


def recognises(source: Path) -> bool:
    """A folder with .npy files in imgs/ and gts/."""
    return all((source / name).is_dir() and any((source / name).glob("*.npy")) for name in ("imgs", "gts"))


def find(source: Path) -> list[CaseSource]:
    """Slices with one name before the last number are one case: CT_Abd_case7-012.npy is slice 12 of it.

    `members` are the images in the order of their numbers; a mask has the same name in gts/.

    Raises:
        SourceError: an image or a mask has no partner.
    """
    images = {path.name: path for path in sorted((source / "imgs").glob("*.npy"))}
    masks = {path.name for path in (source / "gts").glob("*.npy")}
    alone = sorted(images.keys() ^ masks)
    if alone:
        raise SourceError(source / alone[0], "is in imgs or in gts only", "give each image its mask")
    cases: dict[str, list[tuple[int, Path]]] = {}
    for path in images.values():
        found = _NUMBERED.match(path.stem)
        case, number = (found.group(1), int(found.group(2))) if found else (path.stem, 0)
        cases.setdefault(case, []).append((number, path))
    return [_case(source, name, sorted(slices)) for name, slices in cases.items()]


def _case(source: Path, name: str, slices: list[tuple[int, Path]]) -> CaseSource:
    images = [path for _, path in slices]
    return CaseSource(
        name,
        source.resolve().name,
        images[0],
        kind="npy",
        modality=short_modality(name.split("_")[0]),
        members=(*images, *(source / "gts" / path.name for path in images)),
    )
