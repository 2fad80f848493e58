"""A preview shows what accepting would write, no more and no less."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.session.live_prompt import LivePrompt
from medsam_core.session.preview import Preview
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter

GEOMETRY = Geometry((20, 16, 12), np.eye(4))


@pytest.mark.parametrize("axis", ["k", "j", "i"])
def test_mask_and_patch_are_the_same_without_what_is_protected(axis: str) -> None:
    writer = ArrayWriter(GEOMETRY.shape_kji)
    mine, other = writer.add_segment("mine"), writer.add_segment("other")
    rng = np.random.default_rng(1)
    writer.write([SegmentEdit(other, VoxelPatch.of(rng.random(GEOMETRY.shape_kji) > 0.6), "add")])
    writer.protect(other)
    grid = SliceGrid.along(GEOMETRY, axis)
    mask = rng.random(grid.shape_yx) > 0.4
    result = SliceResult.of(SliceMask(5, mask, mask.astype(np.float32), 0.7), grid.is_native)
    patch = grid.to_voxels(5, mask[None], GEOMETRY)
    preview = Preview.of(LivePrompt.of(mine, grid, 5, (1, 1, 9, 9)), result, patch, writer)
    whole = np.zeros(GEOMETRY.shape_kji, bool)
    preview.patch.paste(whole)
    cut = {"k": whole[5], "j": whole[:, 5], "i": whole[:, :, 5]}[axis]
    np.testing.assert_array_equal(preview.mask_yx, cut)
    assert not (whole & writer.mask_kji(other)).any() and preview.confidence == 0.7
    assert preview.patch.voxels + preview.blocked.voxels == np.count_nonzero(mask)
