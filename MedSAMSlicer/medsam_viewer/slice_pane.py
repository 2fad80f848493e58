"""One slice view: what it shows, and what is drawn over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.interaction.mask_shape import mask_fill, mask_outline
from medsam_core.interaction.slice_place import XY, BoxXYXY, SlicePlace
from medsam_core.mrml.slice_overlay import Drawing, MaskShapes, SliceOverlay
from medsam_core.mrml.view_place import place_of_view
from medsam_core.segment_colours import RGB
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from trame_slicer.views import SliceView

Mask = tuple[np.ndarray, RGB]


class SlicePane:
    """A slice view of the face.

    Args:
        name: of the view in the page.
        view: does the rendering.

    Attributes:
        moved: called with the pane and the direction (-1, 0, 1) when another slice is shown.
        changed: called with the pane when it was scrolled, zoomed, panned or resized.
    """

    def __init__(self, name: str, view: SliceView) -> None:
        self.name, self.view = name, view
        self.moved: Callable[[SlicePane, int], None] = lambda pane, direction: None
        self.changed: Callable[[SlicePane], None] = lambda pane: None
        self.place: SlicePlace | None = None
        self._volume: Volume | None = None
        self._is_empty = True
        view.render_window().SetMultiSamples(0)  # in software 2 ms a frame instead of 20
        # In the upper of its two layers: an actor older than the slice's would be drawn before it.
        self._overlay = SliceOverlay(view.renderers()[-1])
        view.modified.connect(self._update)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self.view.render_window().GetSize()
        return int(width), int(height)

    def show_volume(self, volume: Volume | None, node_id: str | None) -> None:
        """Show another volume, the whole of it."""
        self._volume = volume
        self.view.set_background_volume_id(node_id)
        self.view.get_view_node().SetOrientationToDefault()
        self.view._logic.RotateSliceToLowestVolumeAxes(False)
        self.view.fit_view_to_content()
        self._update()

    @property
    def is_in_space(self) -> bool:
        """Whether the slice is shown in the view in three dimensions."""
        return bool(self.view.is_visible_in_3d())

    def toggle_in_space(self) -> None:
        """Show the slice in the view in three dimensions, or not."""
        self.view.toggle_visible_in_3d()

    def see_through(self, opacity: float) -> None:
        """How much of what lies behind the slice is hidden by it in three dimensions, 0..1."""
        self.view._logic.GetSliceModelDisplayNode().SetOpacity(opacity)

    def fit(self) -> None:
        """Show the whole slice."""
        self.view.fit_view_to_content()

    def jump_to(self, index: int, grid: SliceGrid | None = None) -> None:
        """Show a slice.

        Args:
            index: the slice.
            grid: of a grid parallel to the view; its present one by default.
        """
        chosen = grid or (self.place.grid if self.place else None)
        if chosen is None or self._volume is None or not 0 <= index < chosen.count:
            return
        x, y, _ = chosen.size_xyn
        middle = chosen.to_ijk(((x - 1) / 2, (y - 1) / 2, index))
        self.look_at(middle)

    def look_at(self, ijk: tuple[float, float, float]) -> None:
        """Show the slice through a voxel."""
        if self._volume is not None:
            self.view.get_view_node().JumpSliceByOffsetting(*self._volume.geometry.from_ijk(ijk, "ras"))

    def draw(
        self,
        masks: list[Mask],
        box_xyxy: BoxXYXY | None = None,
        clicks: tuple[tuple[XY, bool], ...] = (),
        number: str = "",
    ) -> None:
        """Draw what belongs to the slice on show.

        Args:
            masks: (y, x) bool of the slice, with colours.
            box_xyxy, clicks: in the slice's pixels.
            number: beside the box.
        """
        place = self.place
        is_empty = not (masks or box_xyxy or clicks)
        if is_empty and self._is_empty:
            return
        self._is_empty = is_empty
        if place is None:
            masks, box_xyxy, clicks = [], None, ()
        self._overlay.show_masks([self._shapes(*mask) for mask in masks])
        x0, y0, x1, y1 = box_xyxy or (0, 0, 0, 0)
        ends = ((x0, y0), (x1, y0), (x1, y1), (x0, y1)) if box_xyxy else ()
        corners = tuple(place.to_view(end) for end in ends) if place else ()
        dots = tuple((place.to_view(at), positive) for at, positive in clicks) if place else ()
        self._overlay.show(Drawing(corners, dots, number))
        self.view.schedule_render()

    def _shapes(self, mask_yx: np.ndarray, colour: RGB) -> MaskShapes:
        fill, outline = mask_fill(mask_yx), mask_outline(mask_yx)
        if self.place is not None:
            fill, outline = self.place.to_view(fill), self.place.to_view(outline)
        return MaskShapes(fill, outline, colour)

    def _update(self, *_: object) -> None:
        before = self.place
        node = self.view.get_view_node()
        self.place = None if self._volume is None else place_of_view(node, self._volume)
        self.changed(self)
        if self.place is not None and (before is None or before.key != self.place.key):
            step = 0 if before is None else int(np.sign(self.place.index - before.index))
            self.moved(self, step)
