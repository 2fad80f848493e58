"""A box with nothing in it asks for an empty mask."""

from __future__ import annotations

import numpy as np

from medsam_training.fit.mixture.nothing_there import empty_boxes


def test_the_box_avoids_what_is_there_and_its_answer_is_empty() -> None:
    taken = np.zeros((256, 256), bool)
    taken[100:150, 100:150] = True
    found = [target for seed in range(20) for target in empty_boxes(np.random.default_rng(seed), taken)]
    assert len(found) > 10
    for target in found:
        x0, y0, x1, y1 = target.box_xyxy.astype(int)
        inside = taken[y0:y1, x0:x1]
        assert inside.size and inside.mean() <= 0.02 and not target.mask_yx.any()


def test_there_is_no_box_where_everything_is_taken() -> None:
    assert empty_boxes(np.random.default_rng(0), np.ones((64, 64), bool)) == []
