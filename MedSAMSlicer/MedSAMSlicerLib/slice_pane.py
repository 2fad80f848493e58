"""One slice view of the application: what it shows, and what is drawn over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    from slicer import vtkMRMLSliceNode
    from vtkmodules.vtkRenderingCore import vtkRenderer

Mask = tuple[np.ndarray, RGB]


class SlicePane:
    """A slice view while the effect is active.

    Args:
        node: of the view.
        renderer: of the view.
        render: asks for the view to be drawn soon.
        scale: device pixels for each pixel of the screen's layout, more than 1 on high-resolution screens.

    Attributes:
        node: of the view.
        scale: see above.
        place: what it shows; None beside the volume, and while it shows several slices at once.
    """

    def __init__(
        self, node: vtkMRMLSliceNode, renderer: vtkRenderer, render: Callable[[], None], scale: float = 1.0
    ) -> None:
        self.node, self.scale = node, scale
        self.place: SlicePlace | None = None
        self._render = render
        self._overlay = SliceOverlay(renderer, scale)
        self._is_empty = True

    @property
    def is_lightbox(self) -> bool:
        """Whether it shows several slices side by side: a pixel then says nothing of its slice."""
        return self.node.GetLayoutGridRows() * self.node.GetLayoutGridColumns() > 1

    @property
    def has_marks(self) -> bool:
        """Whether anything is drawn."""
        return not self._is_empty

    def look(self, volume: Volume | None) -> int | None:
        """Find out what the view shows now.

        Args:
            volume: at work.

        Returns:
            Which way it moved through the slices (-1, 0 for another pile, 1); None if it is the same slice.
        """
        before = self.place
        is_blind = volume is None or self.is_lightbox
        self.place = None if is_blind else place_of_view(self.node, volume)
        if self.place is None or (before is not None and before.key == self.place.key):
            return None
        if before is None or not before.is_along(self.place.grid):
            return 0
        return int(np.sign(self.place.index - before.index))

    def jump_to(self, index: int, grid: SliceGrid, volume: Volume) -> None:
        """Show a slice of a pile that is parallel to the view."""
        if not 0 <= index < grid.count:
            return
        x, y, _ = grid.size_xyn
        middle = grid.to_ijk(((x - 1) / 2, (y - 1) / 2, index))
        self.node.JumpSliceByOffsetting(*volume.geometry.from_ijk(middle, "ras"))

    def draw(
        self,
        masks: Sequence[Mask],
        box_xyxy: BoxXYXY | None = None,
        clicks: Sequence[tuple[XY, bool]] = (),
        number: str = "",
    ) -> None:
        """Draw what belongs to the slice on show, in place of what was drawn before.

        Args:
            masks: (y, x) bool of the slice, with colours.
            box_xyxy, clicks: in the slice's pixels.
            number: beside the box.
        """
        place = self.place
        is_empty = place is None or not (masks or box_xyxy or clicks)
        if is_empty and self._is_empty:
            return
        self._is_empty = is_empty
        if place is None or is_empty:
            self._overlay.show_masks([])
            self._overlay.show(Drawing())
        else:
            self._overlay.show_masks([_shapes(mask_yx, colour, place) for mask_yx, colour in masks])
            self._overlay.show(_drawing(place, box_xyxy, clicks, number))
        self._render()

    def clear(self) -> None:
        """Draw nothing."""
        self.draw([])

    def close(self) -> None:
        """Leave the view as if this had not been."""
        self._overlay.close()
        self._render()


def _shapes(mask_yx: np.ndarray, colour: RGB, place: SlicePlace) -> MaskShapes:
    return MaskShapes(place.to_view(mask_fill(mask_yx)), place.to_view(mask_outline(mask_yx)), colour)


def _drawing(
    place: SlicePlace, box_xyxy: BoxXYXY | None, clicks: Sequence[tuple[XY, bool]], number: str
) -> Drawing:
    x0, y0, x1, y1 = box_xyxy or (0, 0, 0, 0)
    ends = ((x0, y0), (x1, y0), (x1, y1), (x0, y1)) if box_xyxy else ()
    corners = tuple(_xy(place.to_view(end)) for end in ends)
    return Drawing(corners, tuple((_xy(place.to_view(at)), kind) for at, kind in clicks), number)


def _xy(at: np.ndarray) -> XY:
    return float(at[0]), float(at[1])
