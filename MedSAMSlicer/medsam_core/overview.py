"""One picture that shows a result at a glance: slices with contours, prompts, names and confidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.prompts import Prompts
from medsam_core.segmentation_result import SegmentationResult
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_SLICES = 12
_ENDS = (("R", "L"), ("A", "P"), ("S", "I"))  # what decreasing and increasing -RAS means on each axis


@dataclass(frozen=True)
class SliceView:
    """How to turn a slice so that it stands as clinicians expect: right of the patient on the left,
    front or head up.

    Attributes:
        transpose: swap rows and columns first.
        flip_rows, flip_columns: then turn them round.
        aspect: height of a pixel over its width, after the transposition.
        sides: letters at left, right, top, bottom; None for a plain picture.
    """

    transpose: bool
    flip_rows: bool
    flip_columns: bool
    aspect: float
    sides: tuple[str, str, str, str] | None

    @classmethod
    def of(cls, geometry: Geometry, is_2d: bool) -> SliceView:
        """The view of the slices along the third voxel axis (k)."""
        if is_2d:
            return cls(False, False, False, 1.0, None)
        column = np.asarray(geometry.ijk_to_ras)[:3, 0]
        row = np.asarray(geometry.ijk_to_ras)[:3, 1]
        column_axis = int(np.argmax(np.abs(column)))
        row_axis = int(np.argmax(np.abs(np.where(np.arange(3) == column_axis, 0, row))))
        transpose = column_axis > row_axis
        aspect = geometry.spacing_mm[1] / geometry.spacing_mm[0]
        if transpose:
            column, row, column_axis, row_axis = row, column, row_axis, column_axis
            aspect = 1 / aspect
        sides = (*_ENDS[column_axis], *_ENDS[row_axis])
        return cls(transpose, bool(row[row_axis] > 0), bool(column[column_axis] > 0), float(aspect), sides)

    def turn(self, slice_yx: np.ndarray) -> np.ndarray:
        """The slice, (y, x) or (y, x, c), as it should stand."""
        turned = np.swapaxes(slice_yx, 0, 1) if self.transpose else slice_yx
        turned = turned[::-1] if self.flip_rows else turned
        return turned[:, ::-1] if self.flip_columns else turned

    def turn_box(
        self, box_xyxy: tuple[float, float, float, float], shape_yx: tuple[int, int]
    ) -> tuple[float, float, float, float]:
        """A box of the slice, in the pixels of the turned slice."""
        x0, y0, x1, y1 = box_xyxy
        height, width = shape_yx
        if self.transpose:
            x0, y0, x1, y1, height, width = y0, x0, y1, x1, width, height
        if self.flip_rows:
            y0, y1 = height - 1 - y1, height - 1 - y0
        if self.flip_columns:
            x0, x1 = width - 1 - x1, width - 1 - x0
        return x0, y0, x1, y1


def write_overview(
    result: SegmentationResult, volume: Volume, prompts: Prompts, path: Path, *, title: str = ""
) -> None:
    """Draw up to 12 slices that hold the result, evenly chosen, into a PNG.

    Args:
        result: what was found.
        volume: the image it was found in.
        prompts: drawn as dashed boxes, green (+) and red (-) dots.
        path: the file to write (over).
        title: a line at the top.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    indices = _choose_slices(result, prompts)
    view = SliceView.of(volume.geometry, volume.is_2d)
    columns = min(len(indices), 4)
    rows = -(-len(indices) // columns)
    height, width = view.turn(volume.slice_yx(indices[0])).shape[:2]
    side = 3.0 if len(indices) > 1 else 6.0
    panel = side * height * view.aspect / width
    figure = Figure(
        figsize=(max(columns * side, 6.0), rows * (panel + 0.3) + 1.0), facecolor="black", dpi=110
    )
    FigureCanvasAgg(figure)
    for place, index in enumerate(indices):
        axes = figure.add_subplot(rows, columns, place + 1)
        _draw_slice(axes, index, result, volume, prompts, view)
    _draw_legend(figure, result, title)
    figure.savefig(path, format="png", facecolor="black")


def _choose_slices(result: SegmentationResult, prompts: Prompts) -> list[int]:
    filled = np.flatnonzero(result.labels_kji.any(axis=(1, 2)))
    if not filled.size:
        filled = np.array(sorted({k for conf in result.confidence.values() for k in conf}), dtype=int)
    if filled.size > _MOST_SLICES:
        filled = filled[np.rint(np.linspace(0, filled.size - 1, _MOST_SLICES)).astype(int)]
    return [int(k) for k in filled]


def _draw_slice(
    axes: Axes,
    index: int,
    result: SegmentationResult,
    volume: Volume,
    prompts: Prompts,
    view: SliceView,
) -> None:
    image = result.window.apply(volume.slice_yx(index))
    axes.imshow(view.turn(image), cmap="gray", vmin=0, vmax=255, aspect=view.aspect, interpolation="nearest")
    labels = view.turn(result.labels_kji[index])
    for label, colour in result.segment_colours.items():
        mask = labels == label
        if mask.any():
            _draw_mask(axes, mask, colour)
    _draw_prompts(axes, index, prompts, result, view, image.shape[:2])
    _draw_sides(axes, view)
    named = [c[index] for c in result.confidence.values() if index in c]
    note = f"   confidence {min(named):.2f}" if named else ""
    axes.set_title(("" if volume.is_2d else f"slice {index}") + note, color="white", fontsize=9, pad=3)
    axes.set_axis_off()


def _draw_mask(axes: Axes, mask: np.ndarray, colour: tuple[float, float, float]) -> None:
    overlay = np.zeros((*mask.shape, 4), np.float32)
    overlay[mask] = (*colour, 0.25)
    axes.imshow(overlay, aspect=axes.get_aspect(), interpolation="nearest")
    padded = np.pad(mask, 1)
    span_x = np.arange(-1, mask.shape[1] + 1)
    span_y = np.arange(-1, mask.shape[0] + 1)
    axes.contour(span_x, span_y, padded, levels=[0.5], colors=[colour], linewidths=1.3)
    axes.set_xlim(-0.5, mask.shape[1] - 0.5)
    axes.set_ylim(mask.shape[0] - 0.5, -0.5)


def _draw_prompts(
    axes: Axes,
    index: int,
    prompts: Prompts,
    result: SegmentationResult,
    view: SliceView,
    shape_yx: tuple[int, int],
) -> None:
    from matplotlib.patches import Rectangle

    for segment in prompts.segments:
        colour = result.segment_colours[segment.label]
        for box in segment.boxes:
            if index not in box.slices_k:
                continue
            x0, y0, x1, y1 = view.turn_box(box.box_xyxy, shape_yx)
            corner, size = (x0 - 0.5, y0 - 0.5), (x1 - x0 + 1, y1 - y0 + 1)
            axes.add_patch(
                Rectangle(corner, *size, fill=False, edgecolor=colour, linestyle="--", linewidth=0.9)
            )
        for point in segment.points:
            if point.ijk[2] != index:
                continue
            x, y, *_ = view.turn_box((point.ijk[0], point.ijk[1]) * 2, shape_yx)
            axes.plot(
                x, y, "o", color="lime" if point.positive else "red", markersize=5, markeredgecolor="white"
            )


def _draw_sides(axes: Axes, view: SliceView) -> None:
    if view.sides is None:
        return
    left, right, top, bottom = view.sides
    for text, x, y in ((left, 0.02, 0.5), (right, 0.98, 0.5), (top, 0.5, 0.97), (bottom, 0.5, 0.03)):
        axes.text(x, y, text, color="white", fontsize=7, transform=axes.transAxes, ha="center", va="center")


def _draw_legend(figure, result: SegmentationResult, title: str) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=result.segment_colours[s.label], linewidth=4, label=_legend(s))
        for s in result.segments[:12]
    ]
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=min(3, len(handles)),
        fontsize=9,
        labelcolor="white",
        facecolor="black",
        edgecolor="none",
    )
    if title:
        figure.suptitle(title, color="white", fontsize=10)
    figure.tight_layout(rect=(0, 0.08, 1, 0.99))


def _legend(segment) -> str:
    size = f"{segment.voxels} pixels" if segment.volume_ml is None else f"{segment.volume_ml:.2f} ml"
    return f"{segment.name} - {size}"
