"""How a face's segments are read and written: the one door to its segmentation and its undo history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from medsam_core.prompts import Box
from medsam_core.segment_colours import RGB
from medsam_core.voxel_patch import VoxelPatch

EditMode = Literal["add", "replace", "erase"]


@dataclass(frozen=True)
class SegmentInfo:
    """What a face knows of one of its segments.

    Attributes:
        segment_id: how the face calls it; never shown.
        name: how the user calls it.
        colour: (red, green, blue) in 0..1.
        visible: whether it is shown.
        protected: whether no edit may change it.
    """

    segment_id: str
    name: str
    colour: RGB
    visible: bool = True
    protected: bool = False


@dataclass(frozen=True, eq=False)
class SegmentEdit:
    """One change of one segment.

    Attributes:
        segment_id: of the segment.
        patch: a block of the source volume's voxels.
        mode: "add" the patch's voxels, "erase" them, or "replace": the segment becomes the patch's mask
            inside of its block and stays as it was outside.
        tags: texts to keep with the segment, by name; undone and redone with the voxels.
    """

    segment_id: str
    patch: VoxelPatch
    mode: EditMode
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WriteRecord:
    """What a write did.

    Attributes:
        seconds: it took.
        voxels: segment id -> voxels that came or went, of every segment that changed.
    """

    seconds: float
    voxels: Mapping[str, int]


class SegmentWriter(Protocol):
    """A face's segmentation. Patches and regions are on the source volume's voxels, whatever its own are."""

    def segments(self) -> tuple[SegmentInfo, ...]:
        """All segments, in the face's order."""

    def add_segment(self, name: str, colour: RGB | None = None) -> str:
        """Make an empty segment; returns its id."""

    def read(self, segment_id: str, region: Box | None = None) -> VoxelPatch:
        """A segment's voxels in a block; by default in the smallest that holds it."""

    def protected(self, segment_id: str, region: Box) -> np.ndarray:
        """(k, j, i) bool block: voxels of OTHER segments that must not be written."""

    def write(self, edits: Sequence[SegmentEdit]) -> WriteRecord:
        """Make all edits, as one step of undo."""

    def tag(self, segment_id: str, name: str) -> str | None:
        """A text kept with a segment; None if there is no such text, or no such segment."""

    def undo(self) -> bool:
        """Take the last step back; False if there is none."""

    def redo(self) -> bool:
        """Take the step that was undone again; False if there is none."""

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step."""
