"""Training slices in two flat files, memory-mapped: opening takes no time and processes share them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from medsam_training.manifest import Item
from medsam_training.slices import Slice, slices_of

LONGEST_SIDE = 400  # more than the network's 256, for crops; less than most sources, for memory


class SliceCache:
    """Slices by set; `get` gives one as arrays."""

    def __init__(self, folder: Path) -> None:
        self.rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        self._images = np.memmap(folder / "images.bin", np.uint8, "r")
        self._labels = np.memmap(folder / "labels.bin", np.uint16, "r")
        self.by_set: dict[str, list[int]] = {}
        for number, row in enumerate(self.rows):
            self.by_set.setdefault(row["set"], []).append(number)

    def get(self, number: int) -> Slice:
        """The slice of one row: image (y, x) or (y, x, 3), labels (y, x)."""
        row = self.rows[number]
        height, width, channels = row["shape"]
        area = height * width
        image = self._images[row["image"] : row["image"] + area * channels].reshape(height, width, channels)
        labels = self._labels[row["labels"] : row["labels"] + area].reshape(height, width)
        return Slice(np.array(image.squeeze(-1) if channels == 1 else image), np.array(labels), row["key"])


@dataclass
class _Writer:
    images: object
    labels: object
    rows: list[dict]
    image_at: int = 0
    label_at: int = 0

    def add(self, item: Item, cut: Slice) -> None:
        small = shrunk(cut, LONGEST_SIDE)
        image = small.image_yx if small.image_yx.ndim == 3 else small.image_yx[..., None]
        row = {"set": item.set_name, "case": item.case, "key": small.key, "shape": list(image.shape)}
        self.rows.append(
            {**row, "image": self.image_at, "labels": self.label_at, "instances": item.instances}
        )
        self.images.write(np.ascontiguousarray(image).tobytes())
        self.labels.write(np.ascontiguousarray(small.labels_yx).tobytes())
        self.image_at += image.size
        self.label_at += small.labels_yx.size


def open_cache(folder: Path, items: Iterable[Item], every_axis: bool = True) -> SliceCache:
    """Open the cache in `folder`, filling it first if it is not complete (index.json is written last)."""
    if not (folder / "index.json").is_file():
        _fill(folder, items, every_axis)
    return SliceCache(folder)


def shrunk(cut: Slice, longest: int) -> Slice:
    """The slice with its longest side at most `longest`: image antialiased, labels nearest."""
    height, width = cut.labels_yx.shape
    scale = longest / max(height, width)
    if scale >= 1.0:
        return cut
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    image = torch.from_numpy(np.atleast_3d(cut.image_yx).astype(np.float32)).permute(2, 0, 1)[None]
    image = F.interpolate(image, size, mode="bilinear", antialias=True, align_corners=False)
    labels = torch.from_numpy(cut.labels_yx.astype(np.float32))[None, None]
    labels = F.interpolate(labels, size, mode="nearest-exact")[0, 0].numpy().astype(np.uint16)
    image = image[0].permute(1, 2, 0).round().clamp(0, 255).numpy().astype(np.uint8)
    return Slice(image[..., 0] if cut.image_yx.ndim == 2 else image, labels, cut.key)


def _fill(folder: Path, items: Iterable[Item], every_axis: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "images.bin").open("wb") as images, (folder / "labels.bin").open("wb") as labels:
        writer = _Writer(images, labels, [])
        for item in items:
            for cut in slices_of(item, every_axis):
                writer.add(item, cut)
    index = folder / "index.json.part"
    index.write_text(json.dumps(writer.rows), encoding="utf-8")
    index.replace(folder / "index.json")
