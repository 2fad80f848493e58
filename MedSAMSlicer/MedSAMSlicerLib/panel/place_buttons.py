"""Buttons that place an ROI or points with the mouse, beside the list of such nodes."""

from __future__ import annotations

import slicer


class PlaceButtons:
    """Slicer's own place button, for the node that a list shows.

    Args:
        selector: the list of nodes.
        layout: gets the button.
    """

    def __init__(self, selector: slicer.qMRMLNodeComboBox, layout: object) -> None:
        self._selector = selector
        self.widget = slicer.qSlicerMarkupsPlaceWidget()
        self.widget.setMRMLScene(slicer.mrmlScene)
        self.widget.buttonsVisible = False
        self.widget.placeButton().show()
        self.widget.placeButton().toolTip = "Place it in a slice view; a new one is made if there is none"
        self.widget.placeButton().connect("pressed()", self._make)
        selector.connect("currentNodeChanged(vtkMRMLNode*)", self._changed)
        layout.addWidget(self.widget)
        self._changed(selector.currentNode())

    def _make(self) -> None:
        if self._selector.currentNode() is None:
            self._selector.addNode()

    def _changed(self, node: object) -> None:
        self.widget.setCurrentNode(node)
        self.widget.placeButton().enabled = True
