"""Edits are the least that makes a segment what it is to be."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.session.segment_change import SegmentChange, minus
from medsam_core.session.segment_state import Deed
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter

SHAPE = (6, 7, 8)


@st.composite
def patches(draw: st.DrawFn) -> VoxelPatch:
    start = tuple(draw(st.integers(0, n - 1)) for n in SHAPE)
    size = tuple(draw(st.integers(1, n - a)) for a, n in zip(start, SHAPE, strict=True))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return VoxelPatch(start, rng.random(size) > draw(st.sampled_from([0.2, 0.6, 1.0])))


def whole(patch: VoxelPatch) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    patch.paste(mask)
    return mask


@given(patches(), patches())
def test_minus_is_minus(a: VoxelPatch, b: VoxelPatch) -> None:
    np.testing.assert_array_equal(whole(minus(a, b)), whole(a) & ~whole(b))


@given(patches(), patches(), patches())
def test_what_the_old_deed_wrote_goes_the_new_comes_and_the_rest_stays(
    hand: VoxelPatch, old: VoxelPatch, new: VoxelPatch
) -> None:
    writer = ArrayWriter(SHAPE)
    segment = writer.add_segment("s")
    for patch in (hand, old):
        writer.write(SegmentChange(segment, patch, None, Deed(())).edits({}))
    before = writer.mask_kji(segment)
    record = writer.write(SegmentChange(segment, new, old, Deed(())).edits({"note": "x"}))
    after = writer.mask_kji(segment)
    np.testing.assert_array_equal(after, (before & ~whole(old)) | whole(new))
    assert writer.tag(segment, "note") == "x"
    assert record.voxels[segment] == np.count_nonzero(after != before), "nothing was erased and added again"
