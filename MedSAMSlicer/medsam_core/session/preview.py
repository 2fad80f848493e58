"""The mask of a prompt that is not written yet."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from medsam_core.session.live_prompt import LivePrompt
from medsam_core.session.protection import free_pixels
from medsam_core.session.segment_writer import SegmentWriter
from medsam_core.session.slice_result import SliceResult
from medsam_core.voxel_patch import VoxelPatch


@dataclass(frozen=True, eq=False)
class Preview:
    """What accepting would write; voxels that are protected are left out already.

    Attributes:
        prompt: what was asked, and on which slice.
        result: the model's answer.
        patch: the voxels that would be written.
        blocked: voxels of the answer that are protected.
    """

    prompt: LivePrompt
    result: SliceResult
    patch: VoxelPatch = field(repr=False)
    blocked: VoxelPatch = field(repr=False)

    @classmethod
    def of(cls, prompt: LivePrompt, result: SliceResult, patch: VoxelPatch, writer: SegmentWriter) -> Preview:
        """Ask the writer what of an answer is protected, and leave that out."""
        if not patch.voxels:
            return cls(prompt, result, patch, patch)
        protected = writer.protected(prompt.segment_id, patch.box())
        return cls(
            prompt,
            result,
            VoxelPatch(patch.start_kji, patch.mask_kji & ~protected),
            VoxelPatch(patch.start_kji, patch.mask_kji & protected),
        )

    @property
    def confidence(self) -> float:
        """How sure the model is, 0..1."""
        return self.result.confidence

    @property
    def mask_yx(self) -> np.ndarray:
        """(y, x) bool on the whole slice."""
        grid = self.prompt.grid
        return free_pixels(self.result.mask_yx(grid.shape_yx), grid, self.prompt.index, self.blocked)
