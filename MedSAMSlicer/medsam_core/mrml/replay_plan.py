"""A replay that was asked for in a scene: read there, computed on any thread, put there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.journal_replay import replay
from medsam_core.mrml.replayed_journal import replayed
from medsam_core.mrml.result_target import ResultTarget
from medsam_core.mrml.segment_plan import Cancel, Progress
from medsam_core.prompt_journal import PromptJournal
from medsam_core.segmentation_result import SegmentationResult
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from medsam_core.inference.embedding_cache import EmbeddingCache
    from medsam_core.inference.model import Model


@dataclass(frozen=True, eq=False)
class ReplayPlan:
    """A journal on a volume; see `MedSAMSlicerLogic.replay`, and `segment_plan.Plan`.

    Attributes:
        target: gets the segments.
        volume_node: the image.
        volume: a snapshot of it.
        journal: what was done.
        to_volume_ras: (4, 4) from the world of the journal's volume to that of this one; None where it is
            the same.
    """

    target: ResultTarget
    volume_node: vtkMRMLScalarVolumeNode
    volume: Volume
    journal: PromptJournal
    to_volume_ras: np.ndarray | None = field(repr=False)

    @property
    def slices(self) -> SliceGrid | None:
        """See `Plan`; of a journal that knows other slices than the volume's own, nothing is told."""
        is_own = all(entry.grid is None for entry in self.journal.entries)
        return SliceGrid.along(self.volume.geometry) if is_own else None

    def compute(
        self,
        model: Model,
        cache: EmbeddingCache,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> SegmentationResult:
        """See `Plan`."""
        return replay(
            self.journal,
            self.volume,
            model,
            to_volume_ras=self.to_volume_ras,
            cache=cache,
            progress=progress,
            cancel=cancel,
        )

    def put(self, result: SegmentationResult, model: Model) -> vtkMRMLSegmentationNode:
        """See `Plan`."""
        again = replayed(self.journal, self.volume, model, self.to_volume_ras)
        return self.target.put(self.volume_node, result, again)
