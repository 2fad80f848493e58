"""What each entry of a journal gave, one over the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.journal_entry import JournalEntry
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord, StopRecord
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_pile import SlicePile
from medsam_core.voxel_patch import VoxelPatch


@dataclass(frozen=True, eq=False)
class Layer:
    """The answer to one entry.

    Attributes:
        label: of the segment.
        replaces: whether it takes the place of a run.
        slices: the pile it was made on.
        patch: its voxels.
        confidence: of the slices that it answers.
        stops: where it ended.
        pile: its slices, if they are not the volume's own: what is mended there is brought onto the voxels
            together with its neighbours.
    """

    label: int
    replaces: bool
    slices: SliceGrid
    patch: VoxelPatch
    confidence: Mapping[int, float] = field(repr=False)
    stops: tuple[StopRecord, ...] = ()
    pile: SlicePile | None = None

    @classmethod
    def of(
        cls,
        entry: JournalEntry,
        record: SegmentRecord,
        result: SegmentationResult,
        pile: SlicePile | None = None,
    ) -> Layer:
        """The part of a result that is one segment's."""
        patch = VoxelPatch.of(result.labels_kji == record.label)
        replaces = entry.mode == "replace"
        return cls(record.label, replaces, entry.slices, patch, record.confidence, record.stops, pile)

    @cached_property
    def place(self) -> str:
        """Equal for layers on the same slices."""
        return json.dumps([self.slices.size_xyn, self.slices.xyn_to_ijk.tolist()])

    @property
    def is_run(self) -> bool:
        """Whether it is more than a prompt on one slice."""
        return len(self.confidence) > 1

    def without(self, other: Layer) -> Layer:
        """The same but for the volume's own slices that another layer answers."""
        mask = self.patch.mask_kji.copy()
        gone = np.array(sorted(other.confidence), int) - self.patch.start_kji[0]
        mask[gone[(gone >= 0) & (gone < len(mask))]] = False
        return replace(self, patch=VoxelPatch(self.patch.start_kji, mask))

    def mended(self, pile: SlicePile, geometry: Geometry) -> Layer:
        """The same with other slices in place of its own."""
        whole = pile if self.pile is None else self.pile.mended(pile)
        return replace(self, pile=whole, patch=whole.to_voxels(geometry))


def painted(layers: Sequence[Layer], geometry: Geometry) -> np.ndarray:
    """(k, j, i) labels: later layers over earlier ones, runs without what was replaced in them."""
    standing: list[Layer] = []
    for layer in layers:
        replaced = _replaced(standing, layer) if layer.replaces else []
        if replaced and layer.pile is not None:
            standing[replaced[0]] = standing[replaced[0]].mended(layer.pile, geometry)
            continue
        for n in replaced:
            standing[n] = standing[n].without(layer)
        standing.append(layer)
    largest = max(layer.label for layer in layers)
    labels_kji = np.zeros(geometry.shape_kji, np.uint8 if largest <= 255 else np.uint16)
    for layer in standing:
        labels_kji[layer.patch.slices][layer.patch.mask_kji] = layer.label
    return labels_kji


def _replaced(standing: Sequence[Layer], by: Layer) -> list[int]:
    """The last run on the same slices, and its corrections since; a single prompt if there was no run."""
    own = [n for n, one in enumerate(standing) if one.label == by.label and one.place == by.place]
    added = [n for n in own if not standing[n].replaces]
    runs = [n for n in added if standing[n].is_run] or added
    if not runs:
        return own
    return [n for n in own if n == runs[-1] or (n > runs[-1] and standing[n].replaces)]
