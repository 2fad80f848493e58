"""The main job: prompts on a volume in, labels out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import Cancelled
from medsam_core.intensity import IntensityWindow, choose_window
from medsam_core.label_canvas import LabelCanvas
from medsam_core.prompts import Prompts
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord, StopRecord
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.embedding_cache import EmbeddingCache
    from medsam_core.inference.model import Model
    from medsam_core.propagation.slice_mask import SliceMask
    from medsam_core.propagation.slice_predictor import SlicePredictor

Progress = Callable[[int, int, str], None]


def segment_volume(
    volume: Volume,
    prompts: Prompts,
    model: Model,
    *,
    propagation: str = "roi",
    intensity: str | IntensityWindow = "auto",
    cache: EmbeddingCache | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
    grid: SliceGrid | None = None,
    options: Mapping[str, object] | None = None,
    on_slice: Callable[[int, SliceMask], None] | None = None,
) -> SegmentationResult:
    """Segment one or more objects in a volume or picture.

    Args:
        volume: the image; it is not changed.
        prompts: boxes, clicks and drawn masks per segment, in voxels of `volume` (of `grid`, if given).
        model: from `load_model`.
        propagation: "roi" (the slices of each box, nothing else), "track" (from the prompted slices both
            ways until the object ends), "anchors" (between prompted slices) or "consensus" (three
            directions at once).
        intensity: an intensity preset, "LOW,HIGH", "auto", or a window made for this volume.
        cache: embeddings to reuse and add to; a new one of its default size otherwise.
        progress: called with (slices done, slices expected at most, what is being done).
        cancel: asked before each encoder call; True ends the work.
        grid: slices in another orientation than the volume's own; the prompts are in its (x, y, n) then, and
            confidence and stops name its slices.
        options: of the strategy, by name.
        on_slice: called with (place of the segment in `prompts`, its mask) for every slice done.

    Returns:
        Labels on the volume's own voxels. Where two segments meet, a voxel goes to the one of higher
        probability, so their order does not matter (a tie goes to the first).

    Raises:
        PromptError: a prompt lies outside the volume or cannot be used.
        OptionError: no such propagation, or an option it does not have.
        IntensityError: no such intensity preset.
        Cancelled: `cancel` returned True.
    """
    from medsam_core.propagation.strategies import make_strategy
    from medsam_core.propagation.together import run_together

    strategy = make_strategy(propagation, **(options or {}))
    grid = grid or SliceGrid.along(volume.geometry)
    prompts.check_inside(grid.geometry(volume.geometry))
    slices = _slice_predictor(volume, grid, model, intensity, cache, cancel)
    canvas = LabelCanvas(volume.geometry, grid, tuple(s.label for s in prompts.segments))
    records = _Records.of(prompts)
    total = sum(strategy.expected_slices(s, slices.count) for s in prompts.segments)
    done = 0
    for place, step in run_together(strategy, prompts.segments, slices):
        if isinstance(step, StopRecord):
            records.stops[place].append(step)
            continue
        canvas.paint(place, step)
        records.confidence[place][step.index] = step.confidence
        if on_slice is not None:
            on_slice(place, step)
        done += 1
        if progress is not None:
            progress(done, total, f"{prompts.segments[place].name}, slice {step.index}")
    labels_kji = canvas.finish()
    return SegmentationResult(
        labels_kji=labels_kji,
        geometry=volume.geometry,
        segments=tuple(records.segments(volume, prompts, labels_kji)),
        window=slices.stack.window,
        seconds={"encode": slices.timings.encode, "decode": slices.timings.decode},
        encoded_slices=slices.timings.encoded_slices,
        notes=(*volume.notes, *model.notes),
    )


def _slice_predictor(
    volume: Volume,
    grid: SliceGrid,
    model: Model,
    intensity: str | IntensityWindow,
    cache: EmbeddingCache | None,
    cancel: Callable[[], bool] | None,
) -> SlicePredictor:
    from medsam_core.inference.embedding_cache import EmbeddingCache
    from medsam_core.inference.predictor import Predictor
    from medsam_core.propagation.slice_predictor import SlicePredictor
    from medsam_core.propagation.slice_stack import SliceStack

    def check() -> None:
        if cancel is not None and cancel():
            raise Cancelled("segmentation")

    window = choose_window(volume, intensity) if isinstance(intensity, str) else intensity
    stack = SliceStack(volume, window, grid)
    return SlicePredictor(stack, Predictor(model), cache if cache is not None else EmbeddingCache(), check)


@dataclass(eq=False)
class _Records:
    """How each segment came about."""

    confidence: list[dict[int, float]]
    stops: list[list[StopRecord]]

    @classmethod
    def of(cls, prompts: Prompts) -> _Records:
        return cls([{} for _ in prompts.segments], [[] for _ in prompts.segments])

    def segments(self, volume: Volume, prompts: Prompts, labels_kji: np.ndarray) -> Iterator[SegmentRecord]:
        counts = np.bincount(labels_kji.ravel(), minlength=max(s.label for s in prompts.segments) + 1)
        voxel_ml = volume.geometry.voxel_volume_mm3 / 1000.0
        for place, segment in enumerate(prompts.segments):
            voxels = int(counts[segment.label])
            yield SegmentRecord(
                segment.label,
                segment.name,
                voxels,
                None if volume.is_2d else round(voxels * voxel_ml, 4),
                self.confidence[place],
                tuple(self.stops[place]),
            )
