"""The voxels of each label of a map."""

from __future__ import annotations

import numpy as np

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
