"""Volumes with truth, as a folder's manifest.json lists them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medsam_core.errors import OptionError
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume


@dataclass(frozen=True)
class LabelledCase:
    """One image with its mask.

    Attributes:
        set_name, case: where it belongs and what it is called.
        image, mask: files; the image of a DICOM series is a folder.
        split: "train", "val" or "test", by patient where patients are known.
        names: label number to name, as far as known.
    """

    set_name: str
    case: str
    image: Path
    mask: Path
    split: str
    names: dict[int, str]

    def volume(self) -> Volume:
        """The image."""
        return read_volume(self.image)

    def labels_kji(self) -> np.ndarray:
        """(k, j, i) label numbers."""
        return read_volume(self.mask).array_kji


def labelled_volumes(data: Path, split: str) -> list[LabelledCase]:
    """The 3D cases of one split.

    Args:
        data: the folder that holds manifest.json.
        split: "train", "val" or "test".

    Raises:
        OptionError: there is no manifest in that folder.
    """
    path = data / "manifest.json"
    if not path.is_file():
        raise OptionError("--data", f"{data} has no manifest.json", "give the folder that holds it")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    sets = manifest["sets"]
    rows = [row for row in manifest["items"] if row["split"] == split and sets[row["set"]]["dim"] == "3D"]
    return [_case(data, row, sets[row["set"]]) for row in rows]


def sample_cases(cases: list[LabelledCase], most: int, seed: int = 0) -> list[LabelledCase]:
    """At most `most` cases of each set, the same ones for the same seed."""
    chosen: list[LabelledCase] = []
    for name in sorted({case.set_name for case in cases}):
        mine = sorted((c for c in cases if c.set_name == name), key=lambda c: c.case)
        order = np.random.default_rng(seed).permutation(len(mine))[:most]
        chosen += [mine[place] for place in sorted(order)]
    return chosen


def _case(data: Path, row: dict, group: dict) -> LabelledCase:
    labels = row.get("labels", group["labels"])
    names = {int(number): str(name) for number, name in labels.items()} if isinstance(labels, dict) else {}
    return LabelledCase(row["set"], row["case"], data / row["image"], data / row["mask"], row["split"], names)
