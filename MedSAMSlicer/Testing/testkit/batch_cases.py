"""Small images and lists of cases for a batch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk

BOX = "5,5,1,20,19,2"


def a_ball(path: Path, seed: int = 0) -> Path:
    """An image of 28 x 26 x 4 voxels with a ball in the middle; another seed, other noise."""
    k, j, i = np.indices((4, 26, 28))
    ball = (3 * (k - 1.5)) ** 2 + (j - 12) ** 2 + (i - 12.5) ** 2 < 7**2
    noise = np.random.default_rng(seed).normal(0, 9, k.shape)
    image = sitk.GetImageFromArray((np.where(ball, 180, -60) + noise).astype(np.int16))
    image.SetSpacing((0.8, 0.8, 3.0))
    sitk.WriteImage(image, str(path))
    return path


def a_list(folder: Path, count: int = 3, **last: object) -> Path:
    """A JSON list of balls; what is given goes into the last case, over what stands there."""
    folder.mkdir(exist_ok=True)
    rows = [{"image": a_ball(folder / f"c{n}.nrrd", n).name, "box": BOX} for n in range(count)]
    rows[-1].update(last)
    return rewritten(folder / "cases.json", rows)


def rewritten(path: Path, rows: object) -> Path:
    """A JSON file with these rows."""
    path.write_text(json.dumps(rows))
    return path


def files_in(folder: Path) -> dict[str, bytes]:
    """Name -> content of the files of a folder that users look at."""
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file()}


def labels_in(folder: Path) -> dict[str, bytes]:
    """Those of them that hold labels."""
    return {name: content for name, content in files_in(folder).items() if name.endswith(".seg.nrrd")}
