"""From files to labelled 8-bit slices."""

from __future__ import annotations

import numpy as np

from medsam_training.manifest import read_manifest
from medsam_training.slices import slices_of


def item(data, case):
    return next(row for row in read_manifest(data) if row.case == case)


def test_a_picture_is_one_slice(small_data):
    (cut,) = slices_of(item(small_data, "a"), every_axis=True)
    assert cut.image_yx.shape == (90, 120, 3) and cut.labels_yx.shape == (90, 120)


def test_a_volume_gives_its_labelled_slices_and_the_other_planes_if_asked(small_data):
    acquired = list(slices_of(item(small_data, "v"), every_axis=False))
    every = list(slices_of(item(small_data, "v"), every_axis=True))
    assert len(acquired) < len(every)
    assert all(np.count_nonzero(cut.labels_yx) >= 20 for cut in every)
    assert {cut.image_yx.shape for cut in every} == {(40, 30), (6, 30), (6, 40)}


def test_ct_comes_under_several_windows_for_training_and_one_for_evaluation(small_data):
    windows = {cut.key.split("/")[2] for cut in slices_of(item(small_data, "w"), every_axis=True)}
    assert windows == {"soft", "wide", "lung"}
    assert {cut.key.split("/")[2] for cut in slices_of(item(small_data, "w"), every_axis=False)} == {"soft"}
