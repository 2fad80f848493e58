"""A picture as the network has seen it, ready for any number of prompts."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from medsam_core.errors import MedSAMError
from medsam_core.inference.backend import FeatureMaps
from medsam_core.inference.image_frame import ImageFrame

FORMAT = 1
_METADATA_KEY = "medsam_embedding"
_TYPES = (np.dtype(np.float32), np.dtype(np.float16))
_MOST_MAPS, _MOST_BYTES, _MOST_METADATA = 16, 1 << 30, 1 << 16


@dataclass(frozen=True, eq=False)
class Embedding:
    """What the encoder made of one picture.

    Attributes:
        features: feature maps, each (1, c, h, w), float32 or, to save memory, float16.
        frame: where the picture lies on the network's input.
        preset: name of the preset that prepared it.
        model: identity of the network that made it.
        key: digest of the cache key it is kept under, "" if none.
    """

    features: FeatureMaps
    frame: ImageFrame
    preset: str
    model: str
    key: str = ""

    @property
    def nbytes(self) -> int:
        """Bytes of the feature maps."""
        return sum(feature.nbytes for feature in self.features)

    def as_float32(self) -> FeatureMaps:
        """The feature maps as a backend takes them."""
        return tuple(feature.astype(np.float32, copy=False) for feature in self.features)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a safetensors file with the rest of the fields in its header."""
        tensors = {f"features.{n}": np.ascontiguousarray(f) for n, f in enumerate(self.features)}
        header = {
            "format": FORMAT,
            "frame": [*self.frame.size_yx, *self.frame.resized_yx, self.frame.image_size],
            "preset": self.preset,
            "model": self.model,
            "key": self.key,
            "crc32": _checksum(tensors.values()),
        }
        save_file(tensors, os.fspath(path), metadata={_METADATA_KEY: json.dumps(header)})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Embedding:
        """Read what `save` wrote. Nothing in the file is trusted; no code in it runs.

        Raises:
            MedSAMError: it is not a whole file of this kind.
        """
        try:
            return cls._read(Path(path))
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            # The libraries' messages quote the file; ours does not.
            problem = f"is not a whole embedding file ({type(error).__name__})"
            raise MedSAMError(path, problem, "delete it and embed the picture again") from error

    @classmethod
    def _read(cls, path: Path) -> Embedding:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        with safe_open(path, framework="numpy") as file:
            header = _checked_header((file.metadata() or {})[_METADATA_KEY])
            names = [f"features.{n}" for n in range(len(file.keys()))]
            if not 1 <= len(names) <= _MOST_MAPS or set(names) != set(file.keys()):
                raise ValueError("other tensors than feature maps")
            features = tuple(file.get_tensor(name) for name in names)
        if any(f.ndim != 4 or f.shape[0] != 1 or f.size == 0 or f.dtype not in _TYPES for f in features):
            raise ValueError("shape or type")
        if _checksum(features) != header["crc32"]:
            raise ValueError("checksum")
        height, width, rows, columns, side = header["frame"]
        frame = ImageFrame((height, width), (rows, columns), side)
        return cls(features, frame, header["preset"], header["model"], header["key"])


def _checked_header(text: str) -> dict[str, Any]:
    if len(text) > _MOST_METADATA:
        raise ValueError("header too long")
    header = json.loads(text)
    if header["format"] != FORMAT:
        raise ValueError("another version")
    frame = header["frame"]
    if not (
        isinstance(frame, list) and len(frame) == 5 and all(type(n) is int and 0 < n < 1 << 20 for n in frame)
    ):
        raise ValueError("frame")
    if not all(isinstance(header[name], str) for name in ("preset", "model", "key")):
        raise ValueError("names")
    return header


def _checksum(arrays: Any) -> int:
    total = 0
    for array in arrays:
        total = zlib.crc32(np.ascontiguousarray(array).data, total)
    return total
