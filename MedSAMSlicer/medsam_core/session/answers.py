"""What the worker answers a session with."""

from __future__ import annotations

from dataclasses import dataclass

from medsam_core.intensity import IntensityWindow
from medsam_core.journal_entry import JournalEntry
from medsam_core.segmentation_result import StopRecord
from medsam_core.session.slice_result import SliceResult
from medsam_core.voxel_patch import VoxelPatch


@dataclass(frozen=True)
class Prepared:
    """The volume can be worked with."""

    window: IntensityWindow


@dataclass(frozen=True)
class Encoded:
    """A slice was encoded, or had been."""

    index: int


@dataclass(frozen=True, eq=False)
class Previewed:
    """A mask on one slice, and the same on the volume's voxels."""

    result: SliceResult
    patch: VoxelPatch


@dataclass(frozen=True)
class Expected:
    """How many slices a propagation will visit at most, per segment in the order of the request."""

    slices: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Stepped:
    """One slice of a propagation is done, or one direction has ended."""

    place: int
    step: SliceResult | StopRecord


@dataclass(frozen=True, eq=False)
class Assembled:
    """What each segment is to be and was, on the volume's voxels, in the order of the request."""

    new: tuple[VoxelPatch, ...]
    old: tuple[VoxelPatch, ...]


@dataclass(frozen=True, eq=False)
class Replayed:
    """What a journal gave, per segment of it.

    Attributes:
        patches: label -> voxels.
        entries: label -> how it can be done again on this volume.
    """

    patches: dict[int, VoxelPatch]
    entries: dict[int, tuple[JournalEntry, ...]]
