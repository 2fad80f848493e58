"""How one edit becomes one or two modifications of a labelmap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from medsam_core.errors import OutputError
from medsam_core.mrml.edit_mask import EditMask
from medsam_core.mrml.labelmap_grid import LabelmapGrid
from medsam_core.mrml.node_names import subject_of
from medsam_core.mrml.segment_change import SegmentChange
from medsam_core.mrml.segment_layers import SegmentLayers
from medsam_core.mrml.segment_reader import SegmentReader
from medsam_core.mrml.segment_tags import set_tag
from medsam_core.mrml.step_history import StepHistory
from medsam_core.mrml.touched_voxels import TouchedVoxels
from medsam_core.mrml.voxel_map import VoxelMap
from medsam_core.session.segment_writer import SegmentEdit


class SegmentEditing:
    """Applies edits to a segmentation.

    Slicer's "set" with an extent erases the segment outside of it. So voxels that go are removed first, then
    those that come are added, each in the smallest image that holds them. Masking is applied before.

    Args:
        history: what modifies.
        reader: what there is.
    """

    def __init__(self, history: StepHistory, reader: SegmentReader) -> None:
        self._history = history
        self._reader = reader

    def check(self, edit: SegmentEdit) -> None:
        """Refuse an edit that would resample other segments.

        Raises:
            OutputError: segments lie on different grids, and the edit may overwrite others.
        """
        editor = self._history.editor
        layers, layer = self._reader.layers_of(edit.segment_id)
        grid, _ = self._reader.place(layer)
        apart = [one for one in layers.all if not one.is_empty and not grid.matches(one.image)]
        if apart and editor.GetOverwriteMode() != editor.OverwriteNone:
            remedy = "set overwrite to none, or give all segments one geometry (Segmentations module)"
            subject = subject_of(self._reader.node, "segmentation")
            raise OutputError(subject, "its segments lie on different voxel grids", remedy)

    def apply(self, edit: SegmentEdit, protected: Sequence[str]) -> dict[str, int]:
        """Make one edit; segment id -> voxels that came or went.

        Args:
            edit: what to do.
            protected: ids of the segments that must not change.

        Raises:
            OutputError: Slicer did not do it.
        """
        layers, layer = self._reader.layers_of(edit.segment_id)
        grid, voxel_map = self._reader.place(layer)
        mask = EditMask(self._history.editor, layers, grid, voxel_map)
        change = self._wanted(edit, layers, grid, voxel_map)
        block = change.start_kji, change.added_kji.shape
        free = ~layers.mask(protected, grid, *block)
        addable, removable = mask.addable(edit.segment_id, *block), mask.removable(edit.segment_id, *block)
        change = change.within(addable & free, removable).cropped()
        before = TouchedVoxels(change, layers)
        self._make(edit.segment_id, change)
        if mask.single_segment not in (None, "", edit.segment_id, *protected):
            self._give_back(mask.single_segment, change)
        for name, text in edit.tags.items():
            set_tag(self._reader.node, edit.segment_id, name, text)
        after = TouchedVoxels(change, SegmentLayers(self._reader.node))
        self._check_done(edit.segment_id, change, after)
        return before.differences(after)

    def _wanted(
        self, edit: SegmentEdit, layers: SegmentLayers, grid: LabelmapGrid, voxel_map: VoxelMap
    ) -> SegmentChange:
        patch = edit.patch if edit.mode == "replace" else edit.patch.cropped()
        start, block, mask = voxel_map.to_grid_blocks(patch)
        before = layers.mask([edit.segment_id], grid, start, mask.shape)  # type: ignore[arg-type]
        change = SegmentChange.by(edit.mode, grid, start, block=block, mask=mask, before=before)
        return change.cropped()

    def _make(self, segment_id: str, change: SegmentChange) -> None:
        removed, added = change.removed_image(), change.added_image()
        if removed is not None:
            self._history.remove(segment_id, removed)
        if added is not None:
            self._history.add(segment_id, added)

    def _give_back(self, segment_id: str, change: SegmentChange) -> None:
        """What leaves a segment drawn inside of another goes to that one, unless a third has it."""
        layers = SegmentLayers(self._reader.node)
        thirds = [one for layer in layers.all for one in layer.labels if one != segment_id]
        free = ~layers.mask(thirds, change.grid, change.start_kji, change.removed_kji.shape)
        image = change.within(free, free).removed_image()
        if image is not None:
            self._history.add(segment_id, image, overwrite=False)

    def _check_done(self, segment_id: str, change: SegmentChange, after: TouchedVoxels) -> None:
        if np.array_equal(after.of(segment_id), change.added_kji[change.touched_kji]):
            return
        segment = self._reader.node.GetSegmentation().GetSegment(segment_id)
        subject = f"segment '{segment.GetName()[:60]}'"
        raise OutputError(subject, "Slicer did not take the change", "save the scene, load it and try again")
