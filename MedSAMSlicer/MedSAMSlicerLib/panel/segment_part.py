"""Segmenting with an ROI and points, without the Segment Editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer

from medsam_core.errors import PromptError, VolumeError
from medsam_core.interaction.run_words import STRATEGY_NAMES
from MedSAMSlicerLib.panel.combo import fill, value_of
from MedSAMSlicerLib.panel.desk import Desk
from MedSAMSlicerLib.panel.place_button import PlaceButton

if TYPE_CHECKING:
    from medsam_core.mrml.segment_plan import Plan

_ROI_ICON, _POINT_ICON = "MarkupsROIMouseModePlaceAdd", "MarkupsFiducialMouseModePlaceAdd"


class SegmentPart:
    """Pickers and the button."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        ui = desk.ui
        ui.propagationSelector.connect("activated(int)", lambda *_: self._keep())
        ui.segmentButton.connect("clicked()", self.segment)
        self.places = [
            PlaceButton(ui.roiSelector, ui.roiLayout, _ROI_ICON, is_many=False),
            PlaceButton(ui.pointsSelector, ui.pointsLayout, _POINT_ICON, is_many=True),
            PlaceButton(ui.negativeSelector, ui.negativeLayout, _POINT_ICON, is_many=True),
        ]

    def show(self) -> None:
        """Show what is."""
        ui, parameters = self._desk.ui, self._desk.parameters
        chosen = "roi" if parameters is None else parameters.propagation
        fill(ui.propagationSelector, tuple(STRATEGY_NAMES.items()), chosen)
        self.enable()

    def enable(self) -> None:
        """Let buttons be pressed as far as it makes sense."""
        self._desk.ui.segmentButton.enabled = self._desk.is_free

    def segment(self) -> None:
        """Segment what is marked."""
        self._desk.work.guarded("the segmentation", self._start)

    def plan(self, node: slicer.vtkMRMLScalarVolumeNode, target: object = None) -> Plan:
        """What is marked, on a volume.

        Raises:
            MedSAMError: it cannot be done.
        """
        ui = self._desk.ui
        if node is None:
            raise VolumeError("volume", "none is chosen", "choose one above")
        marked = [one for one in (ui.roiSelector.currentNode(), ui.pointsSelector.currentNode()) if one]
        if not marked:
            raise PromptError("prompts", "nothing is marked", "choose or place an ROI, or points")
        return self._desk.logic.plan(
            node,
            [marked],
            propagation=value_of(ui.propagationSelector),
            intensity=self._desk.workshop.intensity,
            segmentationNode=target,
            negativePoints=ui.negativeSelector.currentNode(),
            protect=bool(ui.protectCheckBox.checked),
        )

    def _start(self) -> None:
        ui = self._desk.ui
        plan = self.plan(ui.volumeSelector.currentNode(), ui.targetSelector.currentNode())
        self._desk.work.carry_out("Segmenting", plan, self._show_node)

    def _show_node(self, node: slicer.vtkMRMLSegmentationNode) -> None:
        self._desk.ui.targetSelector.setCurrentNode(node)

    def _keep(self) -> None:
        if self._desk.parameters is not None:
            self._desk.parameters.propagation = value_of(self._desk.ui.propagationSelector)
