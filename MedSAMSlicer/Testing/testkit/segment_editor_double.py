"""A Segment Editor without its application: what an effect gets of Slicer, over Slicer's own logic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medsam_core.mrml.segmentation_classes import register_segmentation_classes
from medsam_core.mrml.segmentation_node import make_segmentation_node


class EditorDouble:
    """The widget with its settings, its history and the effect's Slicer side.

    Args:
        scene: holds the nodes.
        volume: the source volume.
        steps: how many can be taken back.
    """

    def __init__(self, scene: Any, volume: Any, steps: int = 10) -> None:
        from slicer import vtkSlicerSegmentEditorLogic

        register_segmentation_classes(scene)
        self.node = scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
        self.logic = vtkSlicerSegmentEditorLogic()
        self.logic.SetMRMLScene(scene)
        self.logic.SetSegmentEditorNode(self.node)
        self.logic.SetMaximumNumberOfUndoStates(steps)
        self.ModificationModeAdd = self.logic.ModificationModeAdd
        self.ModificationModeRemove = self.logic.ModificationModeRemove
        self.edit(make_segmentation_node(scene, volume), volume)

    def edit(self, segmentation: Any, volume: Any) -> None:
        """Select a segmentation and its source volume."""
        self.logic.SetSegmentationNode(segmentation)
        self.logic.SetSourceVolumeNode(volume)

    def add_segment(self, name: str) -> str:
        """A new segment, selected."""
        segment_id = self.node.GetSegmentationNode().GetSegmentation().AddEmptySegment("", name)
        self.node.SetSelectedSegmentID(segment_id)
        return str(segment_id)

    def parameterSetNode(self) -> Any:
        return self.node

    def saveStateForUndo(self) -> None:
        self.logic.SaveStateForUndo()

    def modifySelectedSegmentByLabelmap(self, image: Any, mode: Any, extent: list[int], bypass: bool) -> None:
        selected = self.node.GetSelectedSegmentID()
        node = self.node.GetSegmentationNode()
        self.logic.ModifySegmentByLabelmap(node, selected, image, mode, extent, True, bypass)

    # Of the widget

    @property
    def can_undo(self) -> bool:
        return bool(self.logic.CanUndo())

    @property
    def can_redo(self) -> bool:
        return bool(self.logic.CanRedo())

    def undo(self) -> None:
        self.logic.Undo()

    def redo(self) -> None:
        self.logic.Redo()


class TimerDouble:
    """A timer that a test fires by hand.

    Attributes:
        is_on: whether it was started and not stopped.
    """

    def __init__(self, slot: Callable[[], None]) -> None:
        self._slot = slot
        self.is_on = False

    def start(self) -> None:
        self.is_on = True

    def stop(self) -> None:
        self.is_on = False

    def fire(self) -> None:
        """The time has come."""
        if self.is_on:
            self._slot()
