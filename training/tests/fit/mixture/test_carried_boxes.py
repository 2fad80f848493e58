"""Boxes carried over are those that the tracker would give; beyond an end the answer is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_training.fit.config import Data
from medsam_training.fit.mixture import carried_boxes
from medsam_training.fit.mixture.carried_boxes import Carried
from medsam_training.fit.mixture.labelled_slice import LabelledSlice
from medsam_training.fit.mixture.slice_catalogue import SliceCatalogue, SlicePlace
from medsam_training.fit.mixture.view import View
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.prepared_set import PreparedSet

MIDDLE = SlicePlace("balls/0", 0, 8)


@pytest.fixture()
def catalogue(mixed_set: PreparedSet) -> SliceCatalogue:
    return SliceCatalogue.of(SlicePool.of(mixed_set, "train", Data(), None, 0), ["balls", "discs"])


def _square(low: int, high: int) -> LabelledSlice:
    labels = np.zeros((100, 100), np.uint8)
    labels[low:high, low:high] = 1
    return LabelledSlice(labels * 200, labels)


def _plain() -> View:
    return View(np.eye(2, 3), 100)


def test_beyond_the_end_nothing_is_right(catalogue: SliceCatalogue) -> None:
    for seed in range(10):
        pair = Carried.from_place(np.random.default_rng(seed), catalogue, MIDDLE, beyond=1.0)
        assert pair.before.labels_yx.any() and not pair.here.labels_yx.any()
        targets = pair.targets(np.random.default_rng(seed), View(np.eye(2, 3), 64), 3)
        assert len(targets) == 3
        assert all(t.box_xyxy is not None and not t.mask_yx.any() for t in targets)


def test_inside_the_object_the_answer_is_the_object_of_the_slice_itself(catalogue: SliceCatalogue) -> None:
    pair = Carried.from_place(np.random.default_rng(0), catalogue, MIDDLE, beyond=0.0)
    (target,) = pair.targets(np.random.default_rng(0), View(np.eye(2, 3), 64), 1)
    assert (target.mask_yx[:40, :36] == pair.here.labels_yx).all() and not target.mask_yx[40:].any()


def test_a_picture_has_no_slice_beside_it(catalogue: SliceCatalogue) -> None:
    assert Carried.from_place(np.random.default_rng(0), catalogue, SlicePlace("discs/0", 0, 0), 0.5) is None


def test_the_box_is_the_mask_before_with_the_trackers_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried_boxes, "_WRONG", 0.0)
    pair = Carried(_square(20, 70), _square(30, 60), steps=2)
    (target,) = pair.targets(np.random.default_rng(0), _plain(), 1)
    assert target.box_xyxy == pytest.approx([17, 17, 73, 73])  # 2 slices, 3 % of 50 each


def test_a_small_box_gets_half_a_source_pixel_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried_boxes, "_WRONG", 0.0)
    pair = Carried(_square(20, 24), _square(20, 24), steps=1)
    (target,) = pair.targets(np.random.default_rng(0), View(np.eye(2, 3) / 4, 100), 1)
    assert target.box_xyxy == pytest.approx([78, 78, 98, 98])


def test_a_part_is_followed_by_what_touches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried_boxes, "_PART", 1.0)
    before, here = np.zeros((100, 100), np.uint8), np.zeros((100, 100), np.uint8)
    before[10:30, 10:30] = before[60:80, 60:80] = 1
    here[62:75, 62:75] = 1
    pair = Carried(LabelledSlice(before * 200, before), LabelledSlice(here * 200, here), 1)
    answers = {
        tuple(np.round(t.box_xyxy / 50).astype(int)): int(t.mask_yx.sum())
        for t in pair.targets(np.random.default_rng(0), _plain(), 12)
    }
    assert answers == {(0, 0, 1, 1): 0, (1, 1, 2, 2): 169}
