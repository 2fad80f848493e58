"""The voxels of each label of a map."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core import saved_segmentation
from medsam_core.saved_segmentation import patches_in


def test_each_label_has_its_voxels_in_the_smallest_block() -> None:
    labels = np.zeros((4, 5, 6), np.uint16)
    labels[1, 2:4, 3] = 300
    labels[3, 4, 5] = 2
    found = patches_in(labels, [300, 2])
    assert found[300].start_kji == (1, 2, 3)
    assert found[300].mask_kji.shape == (1, 2, 1)
    assert found[2].voxels == 1


def test_a_label_without_voxels_has_one_that_is_not_in_it() -> None:
    labels = np.full((2, 2, 2), 5, np.uint8)
    assert [patch.voxels for patch in patches_in(labels, [1, 9]).values()] == [0, 0]


def test_blocks_that_would_fill_the_memory_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two voxels in far corners take a block of the whole map, for each label anew."""
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[0, 0, :9] = labels[-1, -1, :9] = range(1, 10)
    needed = 9 * 20 * 20
    monkeypatch.setattr(saved_segmentation, "free_memory", lambda: 2 * needed)
    assert len(patches_in(labels, range(1, 10))) == 9
    monkeypatch.setattr(saved_segmentation, "free_memory", lambda: 2 * needed - 1)
    with pytest.raises(MemoryError):
        patches_in(labels, range(1, 10))
