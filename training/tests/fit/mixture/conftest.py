"""A prepared set of volumes, pictures and a set that may not be learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_training.prepared_set import PreparedSet
from medsam_training.prepared_set.array_file import write_slices
from medsam_training.prepared_set.manifest_file import VERSION, Manifest, write_manifest
from medsam_training.prepared_set.prepared_case import PreparedCase

BALL_SLICES = (4, 13)
"""First and last slice that shows the ball, of 18."""


def _ball() -> np.ndarray:
    k, j, i = np.mgrid[:18, :40, :36]
    return ((k - 8.5) ** 2 / 25 + (j - 18) ** 2 / 100 + (i - 16) ** 2 / 64 < 1).astype(np.uint8)


def _disc(radius: int) -> np.ndarray:
    y, x = np.mgrid[:90, :120]
    return ((x - 60) ** 2 + (y - 40) ** 2 < radius**2).astype(np.uint8)[None]


def _case(folder: Path, set_name: str, number: int, split: str, labels: np.ndarray, **facts) -> PreparedCase:
    names = tuple(f"arrays/{set_name}{number}.{kind}.npy" for kind in ("image", "labels"))
    noise = np.random.default_rng(number).integers(0, 30, labels.shape)
    images = (labels * 150 + 40 + noise).astype(np.uint8)
    for name, array in zip(names, (images, labels), strict=True):
        write_slices(folder / name, array, array.shape, array.dtype)
    described = {
        "group": str(number),
        "modality": None,
        "channels": 1,
        "spacing_mm": None,
        "direction": (1, 0, 0, 0, 1, 0, 0, 0, 1),
        "labels": {1: "thing"},
        "instances": False,
        "may_train": True,
        "slice_numbers": tuple(range(len(labels))),
        "slice_labels": tuple(tuple(np.unique(s[s > 0]).tolist()) for s in labels),
        "window": {"name": "none"},
        "sources": {},
        "content": f"{set_name}{number}",
    }
    return PreparedCase(
        id=f"{set_name}/{number}",
        set_name=set_name,
        split=split,
        shape_kji=labels.shape,
        image_file=names[0],
        labels_file=names[1],
        **(described | facts),
    )


@pytest.fixture(scope="session")
def mixed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Balls in whole volumes, discs in pictures, discs that may not be learned from."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "arrays").mkdir()
    volume = {"spacing_mm": (1.0, 1.0, 1.2), "modality": "MR"}
    cases = [_case(folder, "balls", n, s, _ball(), **volume) for n, s in enumerate(("train", "train", "val"))]
    cases += [_case(folder, "discs", n, s, _disc(25)) for n, s in enumerate(("train", "val", "test"))]
    cases += [_case(folder, "forbidden", 0, "train", _disc(20), may_train=False)]
    write_manifest(folder, Manifest(VERSION, {}, tuple(cases)))
    return folder


@pytest.fixture(scope="session")
def mixed_set(mixed_folder: Path) -> PreparedSet:
    """The same, opened."""
    return PreparedSet.open(mixed_folder)
