"""The slice views of the application's layout."""

from __future__ import annotations

from collections.abc import Sequence

import slicer

from MedSAMSlicerLib.slice_pane import SlicePane


class SliceViews:
    """A pane for each slice view on show, as long as the effect is on."""

    def __init__(self) -> None:
        self._panes: dict[str, SlicePane] = {}

    @property
    def panes(self) -> Sequence[SlicePane]:
        """Those on show."""
        return tuple(self._panes.values())

    def of(self, view_widget: slicer.qMRMLWidget) -> SlicePane | None:
        """The pane of a view; None of a 3D view, and of one that is not on show."""
        logic = view_widget.sliceLogic() if hasattr(view_widget, "sliceLogic") else None
        return None if logic is None else self._panes.get(logic.GetSliceNode().GetID())

    def open(self) -> None:
        """Find the views on show; panes of views that stay are kept."""
        widgets = {widget.mrmlSliceNode().GetID(): widget for widget in _widgets()}
        for gone in self._panes.keys() - widgets.keys():
            self._panes.pop(gone).close()
        for node_id, widget in widgets.items():
            if node_id not in self._panes:
                self._panes[node_id] = _pane(widget)

    def close(self) -> None:
        """Leave all views as if this had not been."""
        for pane in self._panes.values():
            pane.close()
        self._panes.clear()


def _widgets() -> list[slicer.qMRMLSliceWidget]:
    layout = slicer.app.layoutManager()
    names = () if layout is None else layout.sliceViewNames()
    widgets = [layout.sliceWidget(name) for name in names]
    # Views of earlier layouts are among the names.
    return [widget for widget in widgets if widget is not None and not widget.isHidden()]


def _pane(widget: slicer.qMRMLSliceWidget) -> SlicePane:
    view = widget.sliceView()
    renderer = view.renderWindow().GetRenderers().GetItemAsObject(0)
    return SlicePane(widget.mrmlSliceNode(), renderer, view.scheduleRender, float(view.devicePixelRatioF()))
