"""An image with its place in the patient."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.geometry import Geometry


@dataclass(frozen=True, eq=False)
class Volume:
    """A grey or colour image of one or more slices.

    Args:
        array_kji: (k, j, i) grey values or (k, j, i, 3) colours, in the number type of the file. Kept as a
            read-only C-contiguous view (copied only if its layout differs): do not change it afterwards.
        geometry: grid and place of the voxels; its size must be the array's.
        modality: DICOM's short name ("CT", "MR", "US", ...) where the file states it.
        name: what to call the volume in reports.
        source: the file or folder it was read from.
        notes: what the reader had to decide about the file, in plain sentences, for the report.
        files: of a DICOM series: the file of each slice, first to last (one file for all its frames).

    Raises:
        VolumeError: array and geometry disagree, or the values are not real numbers.
    """

    array_kji: np.ndarray = field(repr=False)
    geometry: Geometry
    modality: str | None = None
    name: str = ""
    source: Path | None = None
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        native = np.asarray(self.array_kji).dtype.newbyteorder("=")
        array = np.ascontiguousarray(self.array_kji, dtype=native).view()
        subject = self.name or "volume"
        if array.dtype.kind not in "buif":
            raise VolumeError(subject, f"holds {array.dtype} values", "give whole or real numbers")
        expected = self.geometry.shape_kji
        if array.shape[:3] != expected or array.shape[3:] not in ((), (3,)):
            remedy = f"give {expected} or {(*expected, 3)}"
            raise VolumeError(subject, f"has an array of shape {array.shape}", remedy)
        array.flags.writeable = False
        object.__setattr__(self, "array_kji", array)

    @property
    def ijk_to_ras(self) -> np.ndarray:
        """(4, 4) matrix from voxel indices to RAS millimetres, read-only."""
        return self.geometry.ijk_to_ras

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxels along i, j, k, in mm."""
        return self.geometry.spacing_mm

    @property
    def is_2d(self) -> bool:
        """Whether there is one slice only."""
        return self.array_kji.shape[0] == 1

    @property
    def is_colour(self) -> bool:
        """Whether a voxel holds red, green and blue."""
        return self.array_kji.ndim == 4

    def slice_yx(self, k: int) -> np.ndarray:
        """Slice k as a read-only view of shape (y, x) = (j, i), or (y, x, 3).

        Raises:
            VolumeError: there is no such slice (negative numbers do not count from the end).
        """
        count = self.array_kji.shape[0]
        if not 0 <= k < count:
            raise VolumeError(self.name or "volume", f"has no slice {k}", f"give one of 0 to {count - 1}")
        return self.array_kji[k]

    def content_key(self) -> str:
        """A hash of number type, shape and values, the same on every machine: the key of caches."""
        return self._content_key

    @cached_property
    def _content_key(self) -> str:
        little_endian = self.array_kji.astype(self.array_kji.dtype.newbyteorder("<"), copy=False)
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{little_endian.dtype.str}{little_endian.shape}".encode())
        digest.update(little_endian.data)
        return digest.hexdigest()
