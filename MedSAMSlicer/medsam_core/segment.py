"""The main job: prompts on a volume in, labels out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import Cancelled
from medsam_core.intensity import IntensityWindow, choose_window
from medsam_core.prompts import Prompts
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord, StopRecord
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
) -> SegmentationResult:
    """Segment one or more objects in a volume or picture.

    Args:
        volume: the image; it is not changed.
        prompts: boxes and clicks per segment, in voxels of `volume`.
        model: from `load_model`.
        propagation: "roi" (the slices of each box, nothing else) or "track" (from the prompted slices
            both ways until the object ends).
        intensity: an intensity preset, "LOW,HIGH", "auto", or a window made for this volume.
        cache: embeddings to reuse and add to; a new one of its default size otherwise.
        progress: called with (slices done, slices expected at most, what is being done).
        cancel: asked before each encoder call; True ends the work.

    Returns:
        Labels on the volume's own grid. Where two segments meet, a voxel goes to the one of higher
        probability, so their order does not matter (a tie goes to the first).

    Raises:
        PromptError: a prompt lies outside the volume or cannot be used.
        OptionError: no such propagation.
        IntensityError: no such intensity preset.
        Cancelled: `cancel` returned True.
    """
    from medsam_core.propagation.strategies import make_strategy

    strategy = make_strategy(propagation)
    prompts.check_inside(volume.geometry)
    slices = _slice_predictor(volume, model, intensity, cache, cancel)
    canvas = _Canvas.like(volume, prompts)
    total = sum(strategy.expected_slices(s, slices.count) for s in prompts.segments)
    done = 0
    for place, segment in enumerate(prompts.segments):
        for step in strategy.run(segment, slices):
            if isinstance(step, StopRecord):
                canvas.stops[place].append(step)
                continue
            canvas.paint(place, step)
            done += 1
            if progress is not None:
                progress(done, total, f"{segment.name}, slice {step.index}")
    return canvas.result(volume, prompts, slices, (*volume.notes, *model.notes))


def _slice_predictor(
    volume: Volume,
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
    stack = SliceStack(volume, window)
    return SlicePredictor(stack, Predictor(model), cache if cache is not None else EmbeddingCache(), check)


@dataclass(eq=False)
class _Canvas:
    """Labels being painted, and the probability with which each voxel was won."""

    labels_kji: np.ndarray
    won_kji: np.ndarray
    labels: tuple[int, ...]
    confidence: list[dict[int, float]] = field(default_factory=list)
    stops: list[list[StopRecord]] = field(default_factory=list)

    @classmethod
    def like(cls, volume: Volume, prompts: Prompts) -> _Canvas:
        labels = tuple(s.label for s in prompts.segments)
        shape = volume.array_kji.shape[:3]
        # A voxel's probability needs no more than 8 bits to settle who wins it.
        return cls(
            np.zeros(shape, np.uint8 if max(labels) < 256 else np.uint16),
            np.zeros(shape, np.uint8),
            labels,
            [{} for _ in labels],
            [[] for _ in labels],
        )

    def paint(self, place: int, mask: SliceMask) -> None:
        score = np.clip(np.rint(mask.probability_yx * 255), 1, 255).astype(np.uint8)
        wins = mask.mask_yx & (score > self.won_kji[mask.index])
        self.labels_kji[mask.index][wins] = self.labels[place]
        self.won_kji[mask.index][wins] = score[wins]
        self.confidence[place][mask.index] = mask.confidence

    def result(
        self, volume: Volume, prompts: Prompts, slices: SlicePredictor, notes: tuple[str, ...]
    ) -> SegmentationResult:
        return SegmentationResult(
            labels_kji=self.labels_kji,
            geometry=volume.geometry,
            segments=tuple(self._records(volume, prompts)),
            window=slices.stack.window,
            seconds={"encode": slices.timings.encode, "decode": slices.timings.decode},
            encoded_slices=slices.timings.encoded_slices,
            notes=notes,
        )

    def _records(self, volume: Volume, prompts: Prompts) -> Iterator[SegmentRecord]:
        counts = np.bincount(self.labels_kji.ravel(), minlength=max(self.labels) + 1)
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
