"""What a frozen encoder makes of every slice, computed once and kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from medsam_core.atomic_file import atomic_output, make_folder
from medsam_core.errors import OptionError
from medsam_core.inference.preprocess import prepare_images
from medsam_core.inference.presets import Preset
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.fit.strategy import ENCODERS

VERSION = 1


class EmbeddingStore:
    """One .npy file per feature map, (slices, c, h, w), and one that says which rows are whole.

    A row counts as whole once its values are on disk, so a filling that was killed goes on where it was.

    Args:
        folder: of this pool, encoder and preset; made when filled.
        count: slices.
        shapes: of one slice's feature maps, (c, h, w) each.
        dtype: "float16" or "float32".
    """

    def __init__(self, folder: Path, count: int, shapes: list[tuple[int, ...]], dtype: str) -> None:
        self.folder, self.count, self.shapes, self.dtype = folder, count, shapes, np.dtype(dtype)
        self._maps: list[np.ndarray] | None = None

    @property
    def nbytes(self) -> int:
        """Size on disk when full."""
        return self.count * sum(int(np.prod(shape)) for shape in self.shapes) * self.dtype.itemsize

    def read(self, row: int) -> dict[str, Tensor]:
        """The feature maps of a slice as "feature0", "feature1" ...: float32 (c, h, w)."""
        if self._maps is None:  # opened in the process that reads
            self._maps = [np.load(path, mmap_mode="r") for path in self._paths()]
        return {
            f"feature{n}": torch.from_numpy(array[row].astype(np.float32))
            for n, array in enumerate(self._maps)
        }

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_maps": None}

    def missing(self) -> list[int]:
        """Rows that are not whole."""
        if not self._done_path.is_file() or not all(path.is_file() for path in self._paths()):
            return list(range(self.count))
        return np.flatnonzero(np.load(self._done_path, mmap_mode="r") == 0).tolist()

    def create(self) -> None:
        """Lay out the files, empty, unless they are there. One process does it, before any fills."""
        make_folder(self.folder)
        paths = self._paths()
        if self._done_path.is_file() and all(path.is_file() for path in paths):
            return
        for path, shape in zip(paths, self.shapes, strict=True):
            with atomic_output(path, overwrite=True) as temporary:
                np.lib.format.open_memmap(temporary, "w+", self.dtype, (self.count, *shape)).flush()
        with atomic_output(self._done_path, overwrite=True) as temporary:
            np.lib.format.open_memmap(temporary, "w+", np.uint8, (self.count,)).flush()

    def fill(
        self,
        rows: list[int],
        features_of: Callable[[list[int]], list[np.ndarray]],
        at_once: int,
        progress: Callable[[int, int], None] = lambda done, before: None,
    ) -> None:
        """Compute rows and keep them.

        Args:
            rows: which.
            features_of: from some rows to their feature maps, (rows, c, h, w) each.
            at_once: rows of one call.
            progress: told how many rows are done now, and were before.
        """
        maps = [np.load(path, mmap_mode="r+") for path in self._paths()]
        done = np.load(self._done_path, mmap_mode="r+")
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            for array, features in zip(maps, features_of(part), strict=True):
                array[part] = features.astype(self.dtype)
                array.flush()
            done[part] = 1
            done.flush()
            progress(start + len(part), start)

    @property
    def _done_path(self) -> Path:
        return self.folder / "done.npy"

    def _paths(self) -> list[Path]:
        return [self.folder / f"feature{n}.npy" for n in range(len(self.shapes))]


def store_of(
    parent: Path, pool: SlicePool, network: nn.Module, preset: Preset, dtype: str, most_gb: float
) -> EmbeddingStore:
    """The store of a pool under an encoder and a preset; not filled.

    Raises:
        OptionError: it would be larger than allowed.
    """
    shapes = _shapes(network)
    folder = parent / _digest(pool, network, preset, dtype)
    store = EmbeddingStore(folder, len(pool), shapes, dtype)
    if store.nbytes > most_gb * 1e9:
        problem = f"{len(pool)} slices need {store.nbytes / 1e9:.1f} GB, more than {most_gb:g}"
        raise OptionError("data.cache_gb", problem, "raise it, or set data.cache_embeddings=never")
    return store


def encode_rows(
    pool: SlicePool, network: nn.Module, preset: Preset, device: torch.device
) -> Callable[[list[int]], list[np.ndarray]]:
    """How `EmbeddingStore.fill` gets its values: always in float32."""

    @torch.inference_mode()
    def features_of(rows: list[int]) -> list[np.ndarray]:
        images = torch.from_numpy(prepare_images([pool.image_yx(row) for row in rows], preset))
        return [feature.float().cpu().numpy() for feature in network.encode(images.to(device))]

    return features_of


def _shapes(network: nn.Module) -> list[tuple[int, ...]]:
    architecture = getattr(network, "architecture", None)
    if architecture is not None:  # a SAM: a ViT-H would take half a minute to tell
        return [(architecture.out_chans, architecture.grid, architecture.grid)]
    with torch.inference_mode():
        probe = network.encode(torch.zeros(1, 3, network.image_size, network.image_size))
    return [tuple(feature.shape[1:]) for feature in probe]


def _digest(pool: SlicePool, network: nn.Module, preset: Preset, dtype: str) -> str:
    """Names everything that an embedding depends on."""
    digest = hashlib.sha256()
    facts = [VERSION, pool.source.fingerprint, os.fspath(dtype), repr(preset)]
    facts.append([[ref.case_id, ref.row] for ref in pool.refs])
    digest.update(json.dumps(facts).encode())
    for name, tensor in sorted(network.state_dict().items()):
        if name.startswith(ENCODERS):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]
