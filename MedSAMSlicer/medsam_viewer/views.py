"""The four views: three slices and one in three dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trame_slicer.core import LayoutManager, SlicerApp
from trame_slicer.rca_view import register_rca_factories
from trame_slicer.views import Layout, LayoutDirection, ViewLayoutDefinition
from vtkmodules.vtkCommonCore import vtkObject

from medsam_viewer.open_volume import OpenVolume
from medsam_viewer.panel.view_frame import slice_frame, space_frame
from medsam_viewer.slice_pane import SlicePane

if TYPE_CHECKING:
    from trame_server import Server

SLICES = ("Axial", "Sagittal", "Coronal")
SPACE = "Space"
LAYOUT = "four views"
FRAMES_PER_SECOND = 30.0
SEEN_THROUGH = 0.4
"""Opacity of slices among surfaces."""


class Views:
    """Made once; volumes come and go.

    Args:
        server: of the page.
        slicer: scene and logics.

    Attributes:
        panes: the slice views by name.
        layout: to be put into the page.
    """

    def __init__(self, server: Server, slicer: SlicerApp) -> None:
        with without_vtk_warnings():
            register_rca_factories(
                slicer.view_manager,
                server,
                slice_view_ui_f=slice_frame,
                three_d_view_ui_f=space_frame,
                target_fps=FRAMES_PER_SECOND,
                blur_fps=FRAMES_PER_SECOND / 2,
                interactive_quality=70,
            )
            self.layout = LayoutManager(slicer.scene, slicer.view_manager, server)
            self.layout.register_layout(LAYOUT, _four_views())
            self.layout.set_layout(LAYOUT)
            views: dict[str, Any] = {name: slicer.view_manager.get_view(name) for name in (*SLICES, SPACE)}
        self._space = views[SPACE]
        # With more than one sample what can be seen through is not drawn at all (VTK 9.6, depth peeling).
        self._space.render_window().SetMultiSamples(0)
        self._space.renderer().UseFXAAOn()
        self._is_seen_through = False
        self.panes = {name: SlicePane(name, views[name]) for name in SLICES}

    def show(self, opened: OpenVolume | None) -> None:
        """Show another volume in all views."""
        for pane in self.panes.values():
            pane.show_volume(opened and opened.volume, opened and opened.node.GetID())
        if opened is not None and not any(pane.is_in_space for pane in self.panes.values()):
            self.panes["Axial"].toggle_in_space()  # to begin with
        self.fit_space()

    def see_through(self) -> None:
        """Let the slices in three dimensions be seen through, or not."""
        self._is_seen_through = not self._is_seen_through
        for pane in self.panes.values():
            pane.see_through(SEEN_THROUGH if self._is_seen_through else 1.0)
        self.render()

    def fit_space(self) -> None:
        """Show all of the space view's content, from the front, somewhat from above."""
        self._space.fit_view_to_content()
        camera = self._space.renderer().GetActiveCamera()
        camera.Azimuth(-35)
        camera.Elevation(20)
        self._space.reset_camera()
        self._space.zoom(0.3)
        self._space.renderer().ResetCameraClippingRange()
        self._space.schedule_render()

    def render(self) -> None:
        """Have all views drawn anew."""
        for pane in self.panes.values():
            pane.view.schedule_render()
        self._space.schedule_render()


def _four_views() -> Layout:
    axial, sagittal, coronal = (
        ViewLayoutDefinition.slice_view(name, label=name, color=colour)
        for name, colour in zip(SLICES, ("#F34A33", "#EFD64D", "#6DAD4A"), strict=True)
    )
    space = ViewLayoutDefinition.threed_view(name=SPACE, background_color=("#0b0d10", "#1b2128"))
    rows = [[axial, space], [sagittal, coronal]]
    return Layout(LayoutDirection.Vertical, [Layout(LayoutDirection.Horizontal, row) for row in rows])


@contextmanager
def without_vtk_warnings() -> Iterator[None]:
    """What the views say while they are made or changed, and nobody can do anything about.

    trame-slicer observes an event that VTK 9.6 warns about, once for each view. Slicer's views ask how to
    show segments that an undo is taking away.
    """
    vtkObject.GlobalWarningDisplayOff()
    try:
        yield
    finally:
        vtkObject.GlobalWarningDisplayOn()
