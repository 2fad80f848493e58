"""A button that places an ROI or points with the mouse, beside the list of such nodes."""

from __future__ import annotations

import qt
import slicer


class PlaceButton:
    """Starts Slicer's placing of the node that a list shows; if it shows none, of a new one.

    Args:
        selector: the list of nodes.
        layout: gets the button.
        icon: name of Slicer's own icon.
        is_many: whether the mouse goes on placing until Esc.
    """

    def __init__(
        self, selector: slicer.qMRMLNodeComboBox, layout: qt.QLayout, icon: str, *, is_many: bool
    ) -> None:
        self._selector, self._is_many = selector, is_many
        self.button = qt.QToolButton()
        self.button.icon = qt.QIcon(f":/Icons/{icon}.png")
        ending = "; Esc ends it" if is_many else ""
        self.button.toolTip = f"Place it in a slice view{ending}"
        self.button.connect("clicked()", self.place)
        layout.addWidget(self.button)

    def place(self) -> None:
        """Let the mouse place it."""
        node = self._selector.currentNode() or self._selector.addNode()
        slicer.modules.markups.logic().SetActiveList(node or self._selector.currentNode())
        interaction = slicer.app.applicationLogic().GetInteractionNode()
        interaction.SetPlaceModePersistence(self._is_many)
        interaction.SetCurrentInteractionMode(interaction.Place)  # the logic's StartPlaceMode is for points
