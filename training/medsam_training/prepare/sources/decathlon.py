"""The Medical Segmentation Decathlon's layout (dataset.json), and nnU-Net's."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.modality import short_modality
from medsam_training.prepare.sources import paired_files
from medsam_training.prepare.sources.file_names import stem
from medsam_training.prepare.sources.json_file import inside, label_names, read_object


def recognises(source: Path) -> bool:
    """A folder with dataset.json, or that file."""
    return _description(source).is_file()


def find(source: Path) -> list[CaseSource]:
    """The training cases (those for the test have no masks), a case for each channel of 4D images.

    Raises:
        SourceError: dataset.json cannot be used.
    """
    path = _description(source)
    described = read_object(path)
    labels = label_names(path, described.get("labels", {}))
    channels = described.get("modality") or described.get("channel_names") or {}
    names = {int(k): str(v) for k, v in channels.items()} if isinstance(channels, dict) else {}
    training = described.get("training")
    if not isinstance(training, list):
        return _as_pairs(path.parent, labels, names)
    return [case for row in training for case in _cases(path, row, labels, names)]


def _description(source: Path) -> Path:
    return source if source.name == "dataset.json" else source / "dataset.json"


def _cases(path: Path, row: object, labels: dict[int, str], names: dict[int, str]) -> list[CaseSource]:
    if not isinstance(row, dict) or not {"image", "label"} <= row.keys():
        raise SourceError(f"{path}: training", "has an entry without image or label", "correct it")
    image = inside(path, path.parent, row["image"])
    set_name, name = path.resolve().parent.name, stem(image)
    case = CaseSource(name, set_name, image, inside(path, path.parent, row["label"]), labels=labels or None)
    if len(names) < 2:
        return [dataclasses.replace(case, modality=short_modality(names.get(0)))]
    return [
        dataclasses.replace(
            case,
            name=f"{name}_{title}",
            frame=number,
            group=f"{set_name}/{name}",
            modality=short_modality(title),
        )
        for number, title in names.items()
    ]


def _as_pairs(folder: Path, labels: dict[int, str], names: dict[int, str]) -> list[CaseSource]:
    """nnU-Net lists no files: they go by their names."""
    cases = paired_files.find(folder)
    if len(names) == 1:
        modality = short_modality(next(iter(names.values())))
        cases = [dataclasses.replace(case, modality=modality) for case in cases]
    return [dataclasses.replace(case, labels=labels or None) for case in cases]
