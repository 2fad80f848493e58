"""What readers drew is asked for whole, in part, or together."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from medsam_training.fit.mixture.labelled_objects import SMALLEST, a_part, labelled_objects, large_labels


def two_squares(second: int = 3) -> np.ndarray:
    labels = np.zeros((64, 64), np.uint16)
    labels[5:20, 5:20], labels[40:60, 30:50] = 3, second
    return labels


def test_an_instance_is_asked_for_whole() -> None:
    masks = labelled_objects(np.random.default_rng(0), two_squares(), 4, instances=True)
    assert len(masks) == 4 and all((mask == (two_squares() == 3)).all() for mask in masks)


def test_a_label_is_asked_for_whole_in_part_and_with_others() -> None:
    rng, labels = np.random.default_rng(0), two_squares(second=4)
    areas = {int(m.sum()) for _ in range(20) for m in labelled_objects(rng, labels, 3, instances=False)}
    assert areas == {225, 400, 625}


def test_a_part_is_connected() -> None:
    assert ndimage.label(a_part(np.random.default_rng(0), two_squares() > 0))[1] == 1


def test_specks_are_nobodys_object() -> None:
    labels = np.zeros((9, 9), np.uint16)
    assert labelled_objects(np.random.default_rng(0), labels, 3, False) == []
    labels.flat[: SMALLEST - 1] = 1
    assert large_labels(labels).size == 0
    labels.flat[:SMALLEST] = 1
    assert large_labels(labels).tolist() == [1]
