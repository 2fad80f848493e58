"""One picture of a prepared set: slices of every set with what is labelled on them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.atomic_file import atomic_output
from medsam_core.geometry import Geometry
from medsam_core.segment_colours import palette_colour
from medsam_core.slice_view import SliceView
from medsam_training.prepared_set.prepared_case import PreparedCase, SliceRef
from medsam_training.prepared_set.prepared_set import PreparedSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "contact_sheet.png"
_COLUMNS = 6
_MOST_ROWS = 24
_LOOKED_AT = 9  # slices of a part of a case
_INCH = 1.75
_INK, _FAINT, _PAPER = "#f2f2f2", "#9aa0a6", "#101214"


def write_contact_sheet(prepared: PreparedSet, path: Path) -> None:
    """Draw six slices of every set, a row each, chosen evenly from its cases; of one set alone three rows.

    Slices stand as clinicians expect, tinted in the colours of their labels, with outlines.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = _rows(prepared)
    figure = Figure(figsize=(_COLUMNS * _INCH + 0.3, len(rows) * (_INCH + 0.42) + 0.95), facecolor=_PAPER)
    FigureCanvasAgg(figure)
    figure.text(
        0.02, 1 - 0.3 / figure.get_figheight(), _title(prepared), color=_INK, fontsize=11, va="center"
    )
    top = 0.62 / figure.get_figheight()
    grid = figure.add_gridspec(
        len(rows),
        _COLUMNS,
        left=0.02,
        right=0.98,
        bottom=0.25 / figure.get_figheight(),
        top=1 - top,
        wspace=0.05,
        hspace=0.3,
    )
    for y, (caption, tiles) in enumerate(rows):
        place = grid[y, 0].get_position(figure)
        line = place.y1 + 0.06 / figure.get_figheight()
        figure.text(place.x0, line, caption, color=_INK, fontsize=8, va="bottom")
        for x, ref in enumerate(tiles):
            _draw(figure.add_subplot(grid[y, x]), prepared, ref)
    with warnings.catch_warnings(), atomic_output(path, overwrite=True) as temporary:
        warnings.simplefilter("ignore")  # of letters that the font lacks
        figure.savefig(temporary, format="png", dpi=130, facecolor=_PAPER)


def _rows(prepared: PreparedSet) -> list[tuple[str, list[SliceRef]]]:
    by_set: dict[str, list[PreparedCase]] = {}
    for case in prepared.cases:
        by_set.setdefault(case.set_name, []).append(case)
    wanted = 3 * _COLUMNS if len(by_set) == 1 else _COLUMNS
    rows = []
    for name, cases in by_set.items():
        chosen = _tiles(prepared, cases, wanted)
        caption = _caption(name, cases)
        for first in range(0, len(chosen), _COLUMNS):
            rows.append((caption if first == 0 else "", chosen[first : first + _COLUMNS]))
    return rows[:_MOST_ROWS]


def _tiles(prepared: PreparedSet, cases: Sequence[PreparedCase], count: int) -> list[SliceRef]:
    """Slices of cases chosen evenly; of few cases several slices each."""
    chosen = [cases[round(n)] for n in np.linspace(0, len(cases) - 1, min(count, len(cases))).tolist()]
    each = count // len(chosen)
    return [ref for case in chosen for ref in _fullest(prepared, case, each)]


def _fullest(prepared: PreparedSet, case: PreparedCase, count: int) -> list[SliceRef]:
    """From each part of a case the slice with most kinds of labels, then with most labelled pixels."""
    parts = np.array_split(np.arange(len(case.slice_numbers)), min(count, len(case.slice_numbers)))
    found = []
    for part in parts:
        rows = sorted({int(part[round(n)]) for n in np.linspace(0, len(part) - 1, _LOOKED_AT).tolist()})
        refs = [SliceRef(case.id, row, case.slice_labels[row]) for row in rows]
        found.append(max(refs, key=lambda ref: (len(ref.labels), np.count_nonzero(prepared.labels_yx(ref)))))
    return found


def _title(prepared: PreparedSet) -> str:
    slices = sum(len(case.slice_numbers) for case in prepared.cases)
    splits = ", ".join(
        f"{sum(case.split == split for case in prepared.cases)} {split}" for split in ("train", "val", "test")
    )
    return _plain(
        f"{prepared.folder.resolve().name}: {len(prepared.cases)} cases ({splits}), {slices} slices"
    )


def _caption(name: str, cases: Sequence[PreparedCase]) -> str:
    names = sorted({label for case in cases for label in case.labels.values()})
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    modality = next((case.modality for case in cases if case.modality), None)
    words = [name, f"{len(cases)} cases" if len(cases) > 1 else "1 case", modality, shown]
    text = "  ·  ".join(word for word in words if word)
    return _plain(text if len(text) <= 130 else text[:127] + "...")


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text).replace("$", r"\$")


def _draw(axes: Axes, prepared: PreparedSet, ref: SliceRef) -> None:
    case = prepared.case(ref.case_id)
    image, labels = prepared.image_yx(ref), prepared.labels_yx(ref)
    view = _view(case)
    axes.imshow(view.turn(_overlaid(image, labels)), aspect=view.aspect, interpolation="nearest")
    axes.set_axis_off()
    axes.text(
        0.03, 0.97, case.split, transform=axes.transAxes, color=_INK, fontsize=6, va="top",
        bbox={"facecolor": _PAPER, "alpha": 0.6, "pad": 1.5, "edgecolor": "none"},
    )  # fmt: skip
    name = case.id.rpartition("/")[2]
    axes.text(
        0.5, -0.03, _plain(name if len(name) <= 26 else name[:23] + "..."), transform=axes.transAxes,
        color=_FAINT, fontsize=5.5, ha="center", va="top",
    )  # fmt: skip


def _view(case: PreparedCase) -> SliceView:
    """As clinicians expect it to stand; pictures as they are."""
    matrix = np.eye(4)
    if case.spacing_mm is not None:
        matrix[:3, :3] = np.reshape(case.direction, (3, 3)) * np.asarray(case.spacing_mm)
    k, j, i = case.shape_kji
    return SliceView.of(Geometry((i, j, k), matrix), is_2d=case.spacing_mm is None)


def _overlaid(image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(y, x, 3) in 0..1: labels tinted, their edges in full colour."""
    picture = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image
    picture = picture.astype(np.float32) / 255
    for number in np.unique(labels[labels > 0]).tolist():
        mask = labels == number
        colour = np.array(palette_colour(number), np.float32)
        edge = mask & ~_eroded(mask, 1 + max(mask.shape) // 400)
        picture[mask] = picture[mask] * 0.72 + colour * 0.28
        picture[edge] = colour
    return picture


def _eroded(mask: np.ndarray, steps: int) -> np.ndarray:
    from scipy import ndimage

    return ndimage.binary_erosion(mask, iterations=steps, border_value=1)
