"""Folders of several sets under one manifest.json: sets, and items with image, mask, split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.modality import short_modality
from medsam_training.prepare.sources.json_file import inside, label_names, read_object
from medsam_training.prepared_set.prepared_case import SPLITS


def recognises(source: Path) -> bool:
    """A folder with manifest.json, or that file."""
    return _description(source).is_file()


def find(source: Path) -> list[CaseSource]:
    """The items, with the splits, groups and licences that the manifest gives.

    Raises:
        SourceError: manifest.json is not of this kind.
    """
    path = _description(source)
    manifest = read_object(path)
    sets, items = manifest.get("sets"), manifest.get("items")
    if not isinstance(sets, dict) or not isinstance(items, list):
        problem = "has no sets and items"
        raise SourceError(path, problem, "give images and masks in folders, or a list with image and mask")
    return [_case(path, row, sets) for row in items]


def _description(source: Path) -> Path:
    return source if source.name == "manifest.json" else source / "manifest.json"


def _case(path: Path, row: Any, sets: dict[str, Any]) -> CaseSource:
    try:
        about, name = sets[row["set"]], str(row["case"])
        image, mask = row["image"], row["mask"]
    except (KeyError, TypeError) as error:
        raise SourceError(path, f"has an item without {error}", "correct it") from error
    split = row.get("split")
    if split not in (None, *SPLITS):
        raise SourceError(path, f"gives {name} the split '{split}'", f"write one of {', '.join(SPLITS)}")
    labels = row.get("labels", about.get("labels"))
    return CaseSource(
        name,
        str(row["set"]),
        inside(path, path.parent, image),
        inside(path, path.parent, mask),
        group=row.get("group"),
        split=split,
        modality=short_modality(row.get("modality") or about.get("modality")),
        labels=label_names(path, labels) if isinstance(labels, dict) else None,
        instances=isinstance(labels, str) and "instance" in labels,
        may_train=bool(about.get("may_train_shipped_weights", True)),
    )
