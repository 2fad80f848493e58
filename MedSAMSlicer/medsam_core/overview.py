"""One picture that shows a result at a glance: slices with contours, prompts, names and confidence."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.prompts import Prompts
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord
from medsam_core.slice_view import SliceView
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_SLICES = 12
_MOST_IN_LEGEND = 12


@dataclass(frozen=True)
class Crop:
    """The part of each slice that is shown, inclusive pixel corners."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def around(cls, result: SegmentationResult, prompts: Prompts, shape_yx: tuple[int, int]) -> Crop:
        """What was marked or found on any slice, and half its size again on each side."""
        found = result.labels_kji.any(axis=0)
        for segment in prompts.segments:
            for box in segment.boxes:
                x0, y0, x1, y1 = box.box_xyxy
                found[y0 : y1 + 1, x0 : x1 + 1] = True
            for point in segment.points:
                found[point.ijk[1], point.ijk[0]] = True
        rows, columns = found.any(axis=1).nonzero()[0], found.any(axis=0).nonzero()[0]
        reach = max(np.ptp(rows), np.ptp(columns), 15) // 2 + 1
        return cls(
            int(max(columns[0] - reach, 0)),
            int(max(rows[0] - reach, 0)),
            int(min(columns[-1] + reach, shape_yx[1] - 1)),
            int(min(rows[-1] + reach, shape_yx[0] - 1)),
        )

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns shown."""
        return self.y1 - self.y0 + 1, self.x1 - self.x0 + 1

    def cut(self, slice_yx: np.ndarray) -> np.ndarray:
        """The shown part of a slice."""
        return slice_yx[self.y0 : self.y1 + 1, self.x0 : self.x1 + 1]

    def shift(self, box_xyxy: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box of the slice, in the pixels of its shown part."""
        x0, y0, x1, y1 = box_xyxy
        return x0 - self.x0, y0 - self.y0, x1 - self.x0, y1 - self.y0


@dataclass(frozen=True)
class _Page:
    """Everything that is the same on all panels."""

    result: SegmentationResult
    volume: Volume
    prompts: Prompts
    view: SliceView
    crop: Crop

    def place(self, box_xyxy: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box of the slice, in the pixels of a panel."""
        return self.view.turn_box(self.crop.shift(box_xyxy), self.crop.shape_yx)

    def show(self, slice_yx: np.ndarray) -> np.ndarray:
        """A slice as a panel shows it."""
        return self.view.turn(self.crop.cut(slice_yx))


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

    crop = Crop.around(result, prompts, volume.array_kji.shape[1:3])
    page = _Page(result, volume, prompts, SliceView.of(volume.geometry, volume.is_2d), crop)
    indices = _choose_slices(result)
    columns = min(len(indices), 4)
    rows = -(-len(indices) // columns)
    height, width = page.show(volume.slice_yx(indices[0])).shape[:2]
    side = 3.0 if len(indices) > 1 else 6.0
    panel = side * height * page.view.aspect / width
    size = (max(columns * side, 6.0), rows * (min(panel, 2 * side) + 0.3) + 0.9)
    figure = Figure(figsize=size, facecolor="black", dpi=110)
    FigureCanvasAgg(figure)
    for place, index in enumerate(indices):
        _draw_slice(figure.add_subplot(rows, columns, place + 1), index, page)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks; they become boxes
        _draw_legend(figure, result, _showable(title))
        figure.savefig(path, format="png", facecolor="black")


def _choose_slices(result: SegmentationResult) -> list[int]:
    filled = np.flatnonzero(result.labels_kji.any(axis=(1, 2)))
    if not filled.size:
        filled = np.array(sorted({k for conf in result.confidence.values() for k in conf}), dtype=int)
    if filled.size > _MOST_SLICES:
        filled = filled[np.rint(np.linspace(0, filled.size - 1, _MOST_SLICES)).astype(int)]
    return [int(k) for k in filled]


def _draw_slice(axes: Axes, index: int, page: _Page) -> None:
    image = page.show(page.result.window.apply(page.volume.slice_yx(index)))
    axes.imshow(image, cmap="gray", vmin=0, vmax=255, aspect=page.view.aspect, interpolation="nearest")
    labels = page.show(page.result.labels_kji[index])
    for label, colour in page.result.segment_colours.items():
        mask = labels == label
        if mask.any():
            _draw_mask(axes, mask, colour)
    _draw_prompts(axes, index, page)
    _draw_sides(axes, page.view)
    told = [c[index] for c in page.result.confidence.values() if index in c]
    note = f"confidence {min(told):.2f}" if told else ""
    name = "" if page.volume.is_2d else f"slice {index}   "
    axes.set_title(name + note, color="white", fontsize=9, pad=3)
    axes.set_axis_off()


def _draw_mask(axes: Axes, mask: np.ndarray, colour: tuple[float, float, float]) -> None:
    overlay = np.zeros((*mask.shape, 4), np.float32)
    overlay[mask] = (*colour, 0.12)
    axes.imshow(overlay, aspect=axes.get_aspect(), interpolation="nearest")
    padded = np.pad(mask, 1)
    span_x = np.arange(-1, mask.shape[1] + 1)
    span_y = np.arange(-1, mask.shape[0] + 1)
    axes.contour(span_x, span_y, padded, levels=[0.5], colors=[colour], linewidths=1.3)
    axes.set_xlim(-0.5, mask.shape[1] - 0.5)
    axes.set_ylim(mask.shape[0] - 0.5, -0.5)


def _draw_prompts(axes: Axes, index: int, page: _Page) -> None:
    from matplotlib.patches import Rectangle

    for segment in page.prompts.segments:
        colour = page.result.segment_colours[segment.label]
        for box in segment.boxes:
            if index not in box.slices_k:
                continue
            x0, y0, x1, y1 = page.place(box.box_xyxy)
            corner, size = (x0 - 0.5, y0 - 0.5), (x1 - x0 + 1, y1 - y0 + 1)
            axes.add_patch(
                Rectangle(corner, *size, fill=False, edgecolor=colour, linestyle="--", linewidth=0.9)
            )
        for point in segment.points:
            if point.ijk[2] != index:
                continue
            x, y, *_ = page.place((*point.ijk[:2], *point.ijk[:2]))
            fill = "lime" if point.positive else "red"
            axes.plot(x, y, "o", color=fill, markersize=5, markeredgecolor="white")


def _draw_sides(axes: Axes, view: SliceView) -> None:
    if view.sides is None:
        return
    left, right, top, bottom = view.sides
    for text, x, y in ((left, 0.03, 0.5), (right, 0.97, 0.5), (top, 0.5, 0.96), (bottom, 0.5, 0.04)):
        axes.text(x, y, text, color="white", fontsize=7, transform=axes.transAxes, ha="center", va="center")


def _draw_legend(figure: Figure, result: SegmentationResult, title: str) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=result.segment_colours[s.label], linewidth=4, label=_legend(s))
        for s in result.segments[:_MOST_IN_LEGEND]
    ]
    columns = min(3, len(handles))
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=columns,
        fontsize=9,
        labelcolor="white",
        facecolor="black",
        edgecolor="none",
    )
    if title:
        figure.suptitle(title, color="white", fontsize=10)
    height = figure.get_figheight()
    lines = -(-len(handles) // columns)
    figure.tight_layout(rect=(0, (0.2 + 0.22 * lines) / height, 1, 1 - 0.1 / height))


def _legend(segment: SegmentRecord) -> str:
    size = f"{segment.voxels} pixels" if segment.volume_ml is None else f"{segment.volume_ml:.2f} ml"
    return f"{_showable(segment.name)} - {size}"


def _showable(text: str) -> str:
    """Without what a font cannot draw: half characters of a file name that is no UTF-8, control characters,
    and the dollar signs that would start a formula."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in whole).replace("$", r"\$")
