"""The list of images with masks that training and evaluation read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from medsam_core.errors import MedSAMError


class DataError(MedSAMError):
    """Training data that cannot be read or may not be used."""


@dataclass(frozen=True)
class Item:
    """One image with its mask.

    Attributes:
        set_name, case: where it belongs and what it is called.
        image, mask: paths; the image of a DICOM series is a folder.
        modality: as the manifest words it.
        split: train, val or test, by patient where patients are known.
        may_train: whether weights that are shipped may learn from it.
        instances: label numbers are objects of one kind, not classes.
        truth_is_manual: False where another model drew the mask.
    """

    set_name: str
    case: str
    image: Path
    mask: Path
    modality: str
    split: str
    may_train: bool
    instances: bool
    truth_is_manual: bool


def read_manifest(data: Path) -> list[Item]:
    """Read `data`/manifest.json; a folder without one is a DataError."""
    path = data / "manifest.json"
    if not path.is_file():
        raise DataError(data, "has no manifest.json", "give the folder that holds it")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    return [_item(data, row, manifest["sets"][row["set"]]) for row in manifest["items"]]


def _item(data: Path, row: dict, group: dict) -> Item:
    return Item(
        set_name=row["set"],
        case=row["case"],
        image=data / row["image"],
        mask=data / row["mask"],
        modality=row["modality"],
        split=row["split"],
        may_train=group["may_train_shipped_weights"],
        instances=isinstance(group["labels"], str) and "instance" in group["labels"],
        truth_is_manual=group["truth_is_manual"],
    )


def trainable(items: Iterable[Item]) -> list[Item]:
    """Those that shipped weights may learn from: split train, licence permitting. Nothing else, ever."""
    return [item for item in items if item.split == "train" and item.may_train]


def held_out(items: Iterable[Item], split: str) -> list[Item]:
    """Those of split val or test, whatever their licence: looked at, not learned from."""
    if split not in ("val", "test"):
        raise DataError(split, "is not held out", "choose val or test")
    return [item for item in items if item.split == split]
