"""A segmentation that was asked for in a scene: read there, computed on any thread, put there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from medsam_core.journal_entry import Option
from medsam_core.mrml.result_target import ResultTarget
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import Prompts
from medsam_core.segment import segment_volume
from medsam_core.segmentation_result import SegmentationResult
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from medsam_core.inference.embedding_cache import EmbeddingCache
    from medsam_core.inference.model import Model

Progress = Callable[[int, int, str], None]
Cancel = Callable[[], bool]


class Plan(Protocol):
    """`SegmentPlan` and `ReplayPlan`: made on the scene's thread, and put into the scene there."""

    @property
    def slices(self) -> SliceGrid | None:
        """Those that the result's confidences count; None if they are of several orientations."""

    def compute(
        self,
        model: Model,
        cache: EmbeddingCache,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> SegmentationResult:
        """Do the work. It touches no node, so it may run on any thread."""

    def put(self, result: SegmentationResult, model: Model) -> vtkMRMLSegmentationNode:
        """Write the result of `model`, as one step of undo."""


@dataclass(frozen=True, eq=False)
class SegmentPlan:
    """Prompts on a volume; see `MedSAMSlicerLogic.segment`.

    Attributes:
        target: gets the segments.
        volume_node: the image.
        volume: a snapshot of it.
        prompts: one segment each.
        grid: slices in another orientation than the volume's own.
        propagation, intensity, options: see `segment_volume`.
    """

    target: ResultTarget
    volume_node: vtkMRMLScalarVolumeNode
    volume: Volume
    prompts: Prompts
    grid: SliceGrid | None
    propagation: str
    intensity: str
    options: Mapping[str, Option] | None

    @property
    def slices(self) -> SliceGrid:
        """See `Plan`."""
        return self.grid or SliceGrid.along(self.volume.geometry)

    def compute(
        self,
        model: Model,
        cache: EmbeddingCache,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> SegmentationResult:
        """See `Plan`."""
        return segment_volume(
            self.volume,
            self.prompts,
            model,
            propagation=self.propagation,
            intensity=self.intensity,
            cache=cache,
            progress=progress,
            cancel=cancel,
            grid=self.grid,
            options=self.options,
        )

    def put(self, result: SegmentationResult, model: Model) -> vtkMRMLSegmentationNode:
        """See `Plan`."""
        journal = PromptJournal.of(
            self.prompts,
            self.volume,
            model,
            grid=self.grid,
            propagation=self.propagation,
            options=self.options,
            intensity=self.intensity,
        )
        return self.target.put(self.volume_node, result, journal)
