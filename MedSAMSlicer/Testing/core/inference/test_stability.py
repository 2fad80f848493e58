"""The stability score says how steeply a mask ends."""

from __future__ import annotations

import numpy as np

from medsam_core.inference.stability import foreground_margin, stability_score


def a_disc(slope: float) -> np.ndarray:
    y, x = np.mgrid[:64, :64]
    return (slope * (20 - np.hypot(y - 32, x - 32))).astype(np.float32)


def test_it_is_the_iou_of_the_mask_cut_higher_and_lower() -> None:
    logits = a_disc(0.3)
    inner, outer = logits > 1, logits > -1
    assert stability_score(logits) == np.float32((inner & outer).sum() / (inner | outer).sum())


def test_a_steeper_boundary_is_more_stable() -> None:
    scores = [stability_score(a_disc(slope)) for slope in (0.1, 0.5, 2.0, 10.0)]
    assert scores == sorted(scores)
    assert scores[-1] > 0.97


def test_an_empty_mask_is_not_stable() -> None:
    assert stability_score(np.full((2, 1, 8, 8), -9, np.float32)).tolist() == [[0], [0]]


def test_the_margin_of_classes_is_positive_where_a_class_beats_background() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 5, 8, 8))
    assert np.array_equal(foreground_margin(logits)[:, 0] > 0, logits.argmax(axis=1) > 0)
