"""The Segment Editor module with a volume, as the tests of the effect find it."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from hand import wait_until


class EditorDesk:
    """The Segment Editor with a volume and an empty segmentation.

    Args:
        volume_node: the source volume.
        editor: another `qMRMLSegmentEditorWidget` than the module's.
    """

    def __init__(self, volume_node: Any, editor: Any = None) -> None:
        if editor is None:
            slicer.util.selectModule("SegmentEditor")
            editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        self.editor = editor
        self.volume_node = volume_node
        self.segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
        self.segmentation.CreateDefaultDisplayNodes()
        self.segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
        editor.setSegmentationNode(self.segmentation)
        editor.setSourceVolumeNode(volume_node)
        slicer.app.processEvents()

    @property
    def settings(self) -> Any:
        """Masking and overwriting."""
        return self.editor.mrmlSegmentEditorNode()

    def add_segment(self, name: str, mask_kji: np.ndarray | None = None) -> str:
        """A new segment, selected."""
        segment_id = self.segmentation.GetSegmentation().AddEmptySegment("", name)
        if mask_kji is not None:
            slicer.util.updateSegmentBinaryLabelmapFromArray(
                mask_kji.astype(np.uint8), self.segmentation, segment_id, self.volume_node
            )
        self.editor.setCurrentSegmentID(segment_id)
        return str(segment_id)

    def mask(self, segment_id: str) -> np.ndarray:
        """(k, j, i) bool, as Slicer itself reads it."""
        return slicer.util.arrayFromSegmentBinaryLabelmap(
            self.segmentation, segment_id, self.volume_node
        ).astype(bool)

    def masks(self) -> dict[str, np.ndarray]:
        """Of all segments."""
        return {one: self.mask(one) for one in self.segmentation.GetSegmentation().GetSegmentIDs()}

    def switch_on(self) -> Any:
        """Activate the effect and wait until it is ready; returns its Python object."""
        self.editor.setActiveEffectByName("MedSAM")
        effect = self.effect
        wait_until(lambda: effect.work.bench.session is not None and effect.work.bench.session.model)
        self.settle()
        return effect

    @property
    def effect(self) -> Any:
        """The Python object of this editor's effect."""
        return self.editor.effectByName("MedSAM").self()

    def settle(self, seconds: float = 60.0) -> None:
        """Wait until all work is done and shown."""
        pump = slicer.modules.MedSAMSlicerInstance.workshop.pump
        wait_until(lambda: not pump.is_running, seconds)
        slicer.app.processEvents()

    def button(self, name: str) -> Any:
        """A widget of the editor or of the effect's options."""
        return slicer.util.findChild(self.editor, name)


def same(some: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> bool:
    """Bit for bit."""
    return list(some) == list(others) and all(np.array_equal(some[one], others[one]) for one in some)
