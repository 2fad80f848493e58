"""What is drawn over a slice view: the mask that is not written yet, the box, the clicks, a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import (
    vtkActor2D,
    vtkPolyDataMapper2D,
    vtkRenderer,
    vtkTextActor,
)

from medsam_core.segment_colours import RGB

if TYPE_CHECKING:
    from medsam_core.interaction.slice_place import XY

BOX, HANDLE = (1.0, 1.0, 1.0), 4.0
POSITIVE, NEGATIVE = (0.25, 0.9, 0.45), (1.0, 0.35, 0.3)
DOT = 5.0
FILL = 0.4
"""Opacity of a mask inside its outline."""


@dataclass(frozen=True)
class Drawing:
    """All that is to be seen of a prompt in one view, in view pixels.

    Attributes:
        corners: of the box, in order round it.
        clicks: (place, positive).
        number: shown at the box.
    """

    corners: tuple[XY, ...] = ()
    clicks: tuple[tuple[XY, bool], ...] = ()
    number: str = ""


@dataclass(frozen=True, eq=False)
class MaskShapes:
    """A mask as it is drawn.

    Attributes:
        fill: (n, 4, 2) rectangles, in view pixels.
        outline: (n, 2, 2) pieces, likewise.
        colour: of the segment.
    """

    fill: np.ndarray
    outline: np.ndarray
    colour: RGB


class SliceOverlay:
    """Two-dimensional actors of one slice view.

    Args:
        renderer: of the view.
        scale: device pixels for each pixel of the screen's layout, more than 1 on high-resolution screens.
    """

    def __init__(self, renderer: vtkRenderer, scale: float = 1.0) -> None:
        self._actors, self._scale = _Actors(renderer), scale
        self._masks: list[tuple[_Shapes, _Shapes]] = []
        self.show_masks([])
        self._frame = self._shapes(BOX, closed=False)
        self._handles = self._shapes(BOX, closed=True)
        self._dots = {
            positive: self._shapes(colour, closed=True)
            for positive, colour in ((True, POSITIVE), (False, NEGATIVE))
        }
        self._number = vtkTextActor()
        self._number.GetTextProperty().SetFontSize(round(15 * scale))
        self._number.GetTextProperty().SetBold(True)
        self._number.GetTextProperty().SetShadow(True)
        self._number.VisibilityOff()
        self._actors.add(self._number)

    def show_masks(self, masks: Sequence[MaskShapes]) -> None:
        """Put masks over the slice in place of the last ones."""
        while len(self._masks) < max(len(masks), 1):  # the first are made before what is drawn over them
            fill = self._shapes(BOX, closed=True, opacity=FILL)
            self._masks.append((fill, self._shapes(BOX, closed=False)))
        nothing = MaskShapes(np.zeros((0, 4, 2)), np.zeros((0, 2, 2)), BOX)
        for number, (fill, edge) in enumerate(self._masks):
            mask = masks[number] if number < len(masks) else nothing
            for shapes, drawn in ((fill, mask.fill), (edge, mask.outline)):
                shapes.paint(mask.colour)
                shapes.show(drawn)

    def show_mask(self, fill: np.ndarray, outline: np.ndarray, colour: RGB) -> None:
        """Put one mask over the slice; see `MaskShapes`."""
        self.show_masks([MaskShapes(fill, outline, colour)])

    def show(self, drawing: Drawing) -> None:
        """Draw a prompt in place of the last one."""
        corners = np.asarray(drawing.corners, float).reshape(-1, 2)
        self._frame.show(np.stack([corners, np.roll(corners, -1, axis=0)], axis=1))
        self._handles.show(_each(drawing.corners, HANDLE * self._scale * _SQUARE))
        for positive, dots in self._dots.items():
            places = [at for at, kind in drawing.clicks if kind is positive]
            dots.show(_each(places, DOT * self._scale * _CIRCLE))
        self._show_number(drawing)

    def close(self) -> None:
        """Leave the view as if this had not been."""
        self._actors.remove()

    def _shapes(self, colour: RGB, *, closed: bool, opacity: float = 1.0) -> _Shapes:
        return _Shapes(self._actors, colour, self._scale, closed=closed, opacity=opacity)

    def _show_number(self, drawing: Drawing) -> None:
        points = drawing.corners or tuple(at for at, _ in drawing.clicks[:1])
        self._number.SetVisibility(bool(points and drawing.number))
        if points:
            right, top = max(x for x, _ in points), max(y for _, y in points)
            self._number.SetInput(drawing.number)
            self._number.SetPosition(right + 8 * self._scale, top - 14 * self._scale)


class _Actors:
    """Those of one overlay."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._added: list[vtkActor2D] = []

    def add(self, actor: vtkActor2D) -> None:
        self._added.append(actor)
        self._renderer.AddViewProp(actor)

    def remove(self) -> None:
        for actor in self._added:
            self._renderer.RemoveViewProp(actor)
        self._added.clear()


class _Shapes:
    """Lines, or filled polygons, of one number of corners each."""

    def __init__(self, actors: _Actors, colour: RGB, scale: float, *, closed: bool, opacity: float) -> None:
        self._closed = closed
        self._data = vtkPolyData()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._data)
        self._actor = vtkActor2D()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetLineWidth(2 * scale)
        self._actor.GetProperty().SetOpacity(opacity)
        self._actor.VisibilityOff()
        self.paint(colour)
        actors.add(self._actor)

    def paint(self, colour: RGB) -> None:
        self._actor.GetProperty().SetColor(*colour)

    def show(self, shapes: np.ndarray) -> None:
        """(n, corners, 2) in view pixels."""
        count, corners = shapes.shape[:2]
        self._actor.SetVisibility(count > 0)
        if not count:
            return
        flat = np.zeros((count * corners, 3), np.float32)
        flat[:, :2] = shapes.reshape(-1, 2)
        points, cells = vtkPoints(), vtkCellArray()
        points.SetData(numpy_to_vtk(flat, deep=True))
        cells.SetData(corners, numpy_to_vtkIdTypeArray(np.arange(count * corners), deep=True))
        self._data.SetPoints(points)
        (self._data.SetPolys if self._closed else self._data.SetLines)(cells)
        self._data.Modified()


_SQUARE = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
_ANGLES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_CIRCLE = np.column_stack((np.cos(_ANGLES), np.sin(_ANGLES)))


def _each(places: Sequence[XY], shape: np.ndarray) -> np.ndarray:
    """A shape at each place."""
    return np.asarray(places, float).reshape(-1, 1, 2) + shape
