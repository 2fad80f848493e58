"""Segments read and written as Slicer's Segment Editor does, in a scene without its application."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OptionError, OutputError
from medsam_core.mrml.edit_mask import is_visible
from medsam_core.mrml.editor_history import UNDO_STEPS, EditorHistory
from medsam_core.mrml.node_names import subject_of
from medsam_core.mrml.segment_editing import SegmentEditing
from medsam_core.mrml.segment_layers import SegmentLayers
from medsam_core.mrml.segment_protection import SegmentProtection
from medsam_core.mrml.segment_reader import SegmentReader, checked_for_voxels
from medsam_core.mrml.segment_tags import check_tag, tag_of
from medsam_core.mrml.step_history import StepHistory
from medsam_core.mrml.volume_node import geometry_of
from medsam_core.prompts import Box
from medsam_core.segment_colours import RGB, palette_colour
from medsam_core.session.segment_writer import SegmentEdit, SegmentInfo, WriteRecord
from medsam_core.terminology import terminology_for
from medsam_core.voxel_patch import VoxelPatch

if TYPE_CHECKING:
    from slicer import (
        vtkMRMLScalarVolumeNode,
        vtkMRMLScene,
        vtkMRMLSegmentationNode,
        vtkMRMLSegmentEditorNode,
    )


class EditorWriter:
    """The segments of a segmentation node, through one history of undo.

    Editable area, editable intensity range and overwrite mode of the editor node hold. Voxels that no edit
    names stay as they are, bit for bit. A volume and a segmentation of one grid are copied voxel by voxel;
    others by nearest neighbours, through both nodes' transforms.

    Args:
        scene: holds the nodes.
        segmentation_node: its reference geometry becomes the volume's if it has none.
        source_volume_node: patches and regions are on its voxels.
        editor_node: the settings; a new one by default.
        undo_steps: how many can be taken back.
        verbose: let Slicer say on stderr why it did nothing.
        history: makes and remembers the changes, in place of one `vtkSlicerSegmentEditorLogic` that
            `editor_node`, `undo_steps` and `verbose` are for.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        segmentation_node: vtkMRMLSegmentationNode,
        source_volume_node: vtkMRMLScalarVolumeNode,
        editor_node: vtkMRMLSegmentEditorNode | None = None,
        *,
        undo_steps: int = UNDO_STEPS,
        verbose: bool = False,
        history: StepHistory | None = None,
    ) -> None:
        geometry_of(source_volume_node)  # refuses what cannot be edited on, before anything is set
        self._history: StepHistory = history or EditorHistory(
            scene, segmentation_node, source_volume_node, editor_node, undo_steps=undo_steps, verbose=verbose
        )
        self._node = segmentation_node
        self._reader = SegmentReader(segmentation_node, source_volume_node)
        self._reader.reference_grid()
        self._editing = SegmentEditing(self._history, self._reader)
        self._protection = SegmentProtection(segmentation_node, self._history.editor)

    @property
    def protect_others(self) -> bool:
        """Whether an edit may change no segment but its own; see `SegmentProtection.all_others`."""
        return self._protection.all_others

    @protect_others.setter
    def protect_others(self, protect: bool) -> None:
        self._protection.all_others = protect

    @property
    def node(self) -> vtkMRMLSegmentationNode:
        """The segmentation."""
        return self._node

    @property
    def volume_node(self) -> vtkMRMLScalarVolumeNode:
        """The source volume."""
        return self._reader.volume

    def use_volume(self, source_volume_node: vtkMRMLScalarVolumeNode) -> None:
        """Take another source volume; the segments, and what can be undone, stay.

        Raises:
            VolumeError: it has no voxels, or lies under a transform that is not linear.
        """
        geometry_of(source_volume_node)
        self._reader.volume = source_volume_node
        self.editor_node.SetAndObserveSourceVolumeNode(source_volume_node)

    @property
    def editor_node(self) -> vtkMRMLSegmentEditorNode:
        """The settings of editing: editable area, intensity range, overwrite mode."""
        return self._history.editor

    def segments(self) -> tuple[SegmentInfo, ...]:
        """All segments, in the segmentation's order."""
        return tuple(self._info(one) for one in self._node.GetSegmentation().GetSegmentIDs())

    def add_segment(self, name: str, colour: RGB | None = None) -> str:
        """Make an empty segment, as a step of undo; returns its id.

        Args:
            name: shown to the user; a terminology entry that fits it is kept with the segment.
            colour: (red, green, blue) in 0..1; the next one of the palette by default.

        Raises:
            OutputError: the segmentation does not hold voxels.
        """
        segmentation = checked_for_voxels(self._node)
        shown = " ".join("".join(c if c.isprintable() else " " for c in name).split()) or "segment"
        with self.one_step():
            rgb = colour or palette_colour(segmentation.GetNumberOfSegments() + 1)
            segment_id = segmentation.AddEmptySegment("", shown, rgb)
            segment = segmentation.GetSegment(segment_id)
            segment.SetTag(segment.GetTerminologyEntryTagName(), str(terminology_for(shown)))
            self._put_on_grid(segment_id)
        return segment_id

    def read(self, segment_id: str, region: Box | None = None) -> VoxelPatch:
        """A segment on the source volume's voxels, in a block; by default in the smallest that holds it.

        Raises:
            OutputError: there is no such segment, or it is no voxels but a surface.
            VolumeError: the volume has no voxels, or lies under a transform that is not linear.
        """
        return self._reader.read(segment_id, region)

    def protected(self, segment_id: str, region: Box) -> np.ndarray:
        """(k, j, i) bool block: voxels of OTHER segments that an edit of this one must not change."""
        layers, layer = self._reader.layers_of(segment_id)
        return self._reader.mask(self._protection.from_edits_of(segment_id), layers, layer, region)

    def protect(self, segment_id: str, protected: bool = True) -> None:
        """Let no edit change a segment, or let it again.

        It is no step, and no step changes it. It is kept with the segment: at once, or with the next step
        if the last thing done was to undo or redo.
        """
        self._reader.layers_of(segment_id)
        self._protection.tell(segment_id, protected)
        if not self._history.is_between_steps:
            self._protection.keep()

    def write(self, edits: Sequence[SegmentEdit]) -> WriteRecord:
        """Make all edits, in order, as one step of undo; nothing happens if one of them is refused.

        Raises:
            OutputError: no such segment, it is protected, it holds no voxels but a surface, a patch reaches
                out of the volume, a tag would not survive a file, segments lie on different grids, or
                Slicer did not do it.
        """
        started = time.perf_counter()
        for edit in edits:
            self._check(edit)
        changed: Counter[str] = Counter()
        if edits:
            with self.one_step():
                for edit in edits:
                    changed.update(self._editing.apply(edit, self._protection.from_edits_of(edit.segment_id)))
        return WriteRecord(time.perf_counter() - started, dict(changed))

    def tag(self, segment_id: str, name: str) -> str | None:
        """A text kept with a segment, or None."""
        return tag_of(self._node, segment_id, name)

    @contextlib.contextmanager
    def one_step(self) -> Iterator[None]:
        """Everything written within is one step of undo; an error takes it back."""
        with self._history.one_step():
            self._protection.keep()
            yield

    @contextlib.contextmanager
    def protecting_others(self, protect: bool = True) -> Iterator[None]:
        """Within, an edit may change no segment but its own; `protect` False leaves it as it is."""
        before, self.protect_others = self.protect_others, self.protect_others or protect
        try:
            yield
        finally:
            self.protect_others = before

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step."""
        return self._history.can_redo

    def undo(self) -> bool:
        """Take the last step back; False if there is none."""
        return self._history.undo()

    def redo(self) -> bool:
        """Take the step that was undone again; False if there is none."""
        return self._history.redo()

    def close(self) -> None:
        """Leave the scene as if this had not been; the segments stay, and nothing can be undone any more."""
        self._history.close()

    def _put_on_grid(self, segment_id: str) -> None:
        """Slicer's own empty labelmap has voxels of 1 mm, and layers are merged onto the first one's grid."""
        layer = SegmentLayers(self._node).of(segment_id)
        if layer is not None and layer.is_empty:
            self._reader.reference_grid().lay_under(layer.image)

    def _info(self, segment_id: str) -> SegmentInfo:
        segment = self._node.GetSegmentation().GetSegment(segment_id)
        return SegmentInfo(
            segment_id,
            segment.GetName(),
            tuple(segment.GetColor()),  # type: ignore[arg-type]
            is_visible(self._node, segment_id),
            self._protection.is_protected(segment_id),
        )

    def _check(self, edit: SegmentEdit) -> None:
        if self._node.GetScene() is None or self.editor_node.GetScene() is None:
            subject = subject_of(self._node, "segmentation")
            raise OutputError(subject, "is not in the scene any more", "load it again")
        checked_for_voxels(self._node)
        self._editing.check(edit)
        subject = f"segment '{self._node.GetSegmentation().GetSegment(edit.segment_id).GetName()[:60]}'"
        if edit.mode not in ("add", "replace", "erase"):
            raise OptionError("mode", f"'{edit.mode}' is not known", "give add, replace or erase")
        if self._protection.is_protected(edit.segment_id):
            raise OutputError(subject, "is protected", "allow changes of it first")
        ends = np.add(edit.patch.start_kji, edit.patch.mask_kji.shape)
        if min(edit.patch.start_kji) < 0 or np.any(ends > geometry_of(self._reader.volume).shape_kji):
            raise OutputError(subject, "the change reaches out of the volume", "keep to its voxels")
        for name, text in edit.tags.items():
            check_tag(name, text)
