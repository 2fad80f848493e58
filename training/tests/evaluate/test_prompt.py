"""What a segmenter is told is drawn as a user would, and the same for everyone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from medsam_training.evaluate.prompt import box_prompt, corrected, point_prompt


def test_an_exact_box_touches_the_object(a_disc):
    np.testing.assert_array_equal(box_prompt(a_disc, 0.0, 0).box_xyxy, [26, 11, 54, 39])


@pytest.mark.parametrize("jitter", [0.05, 0.3, 0.9])
def test_a_jittered_box_stays_in_the_image_and_within_its_share(a_disc, jitter):
    sides = np.array([29, 29, 29, 29])
    for seed in range(50):
        box = box_prompt(a_disc, jitter, seed).box_xyxy
        assert (np.abs(box - a_disc.box_xyxy) <= jitter * sides + 1e-9).all() or jitter > 0.5
        assert 0 <= box[0] <= box[2] <= 79 and 0 <= box[1] <= box[3] <= 59


def test_the_same_seed_moves_edges_the_same_way_only_farther(a_disc):
    near, far = (box_prompt(a_disc, jitter, 3).box_xyxy - a_disc.box_xyxy for jitter in (0.05, 0.1))
    np.testing.assert_allclose(far, 2 * near)
    assert not np.allclose(near, box_prompt(a_disc, 0.05, 4).box_xyxy - a_disc.box_xyxy)


def test_objects_draw_numbers_of_their_own(a_disc):
    other = dataclasses.replace(a_disc, slice_number=1)
    assert not np.allclose(box_prompt(a_disc, 0.1, 0).box_xyxy, box_prompt(other, 0.1, 0).box_xyxy)


@pytest.mark.parametrize("count", [1, 5, 20])
def test_clicks_lie_on_the_object_and_fewer_are_the_first_of_more(a_disc, count):
    prompt, more = point_prompt(a_disc, count, 7), point_prompt(a_disc, 20, 7)
    x, y = prompt.points_xy.astype(int).T
    assert len(x) == count and a_disc.truth_yx[y, x].all() and (prompt.point_labels == 1).all()
    np.testing.assert_array_equal(prompt.points_xy, more.points_xy[:count])


def test_the_first_click_is_in_the_middle(a_disc):
    np.testing.assert_array_equal(point_prompt(a_disc, 1, 0).points_xy, [[40, 25]])


def test_a_correction_says_what_was_wrong(a_disc):
    first = point_prompt(a_disc, 1, 0)
    missed = corrected(first, a_disc, np.zeros_like(a_disc.truth_yx))
    assert missed.point_labels.tolist() == [1, 1]
    surplus = a_disc.truth_yx.copy()
    surplus[45:58, 60:78] = True
    beside = corrected(first, a_disc, surplus)
    x, y = beside.points_xy[1].astype(int)
    assert beside.point_labels.tolist() == [1, 0] and surplus[y, x] and not a_disc.truth_yx[y, x]
