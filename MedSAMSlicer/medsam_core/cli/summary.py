"""What a run of `segment` says when it is done."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from medsam_core.cli.outputs import Outputs
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord

_ONE_SLICE = {
    "roi": "One slice was prompted; --propagation track follows the object through the volume.",
    "anchors": "One slice of an object was marked, and anchors fills in between several: give its boxes in a"
    " prompts file (each --box is an object of its own), or use --propagation track.",
}
"""What to do where a strategy made no more than the slice that was marked."""


def print_summary(result: SegmentationResult, outputs: Outputs, *, propagation: str) -> None:
    """Print a line per segment, where propagation stopped, what fell back, and where the files are."""
    console = Console(markup=False, highlight=False, emoji=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, side in (
        ("segment", "left"),
        ("slices", "right"),
        ("voxels", "right"),
        ("ml", "right"),
        ("confidence", "right"),
        ("least sure", "right"),
    ):
        table.add_column(heading, justify=side)
    for segment in result.segments:
        table.add_row(*map(Text, _row(segment)))
    console.print(table)
    for segment in result.segments:
        for stop in sorted(segment.stops, key=lambda one: (one.direction, one.index)):
            where = f"stopped at slice {stop.index} going {stop.direction}"
            console.print(f"{segment.name}: {where}: {stop.reason}", soft_wrap=True)
    for note in result.notes:
        console.print(f"note: {note}", soft_wrap=True)
    depth = result.labels_kji.shape[0]
    if propagation in _ONE_SLICE and depth > 1 and all(len(s.confidence) == 1 for s in result.segments):
        console.print(_ONE_SLICE[propagation], soft_wrap=True)
    for path in outputs.paths.values():
        console.print(f"wrote {path}", soft_wrap=True)


def _row(segment: SegmentRecord) -> tuple[str, ...]:
    values = list(segment.confidence.values())
    mean = f"{sum(values) / len(values):.2f}" if values else "-"
    worst = "-" if len(values) < 2 else f"slice {segment.worst_slice} ({min(values):.2f})"
    size = "-" if segment.volume_ml is None else f"{segment.volume_ml:.2f}"
    return segment.name, str(len(values)), str(segment.voxels), size, mean, worst
