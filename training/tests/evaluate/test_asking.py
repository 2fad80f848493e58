"""Ways to ask, by what they say and what they do."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.inference.load import load_model
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.segmenter import Answer, CheckpointSegmenter, EllipseSegmenter


@pytest.mark.parametrize(
    ("asking", "told"),
    [
        (Asking("box"), "box"),
        (Asking("box", 0.05), "box ±5 %"),
        (Asking("points", 1), "1 point"),
        (Asking("points", 20), "20 points"),
        (Asking("clicks", 3), "3 clicks"),
        (Asking("none"), "no prompt"),
    ],
)
def test_its_name_is_what_a_person_would_say(asking, told):
    assert str(asking) == told


def test_only_what_is_drawn_needs_several_seeds():
    drawn = (Asking("box", 0.1), Asking("points", 5))
    same = (Asking("box"), Asking("points", 1), Asking("clicks", 3))
    assert all(asking.is_random for asking in drawn) and not any(asking.is_random for asking in same)


def test_the_ellipse_can_only_be_told_a_box(tiny_classes):
    kinds = (Asking("box"), Asking("points", 1), Asking("clicks", 1), Asking("none"))
    assert [a.suits(EllipseSegmenter()) for a in kinds] == [True, False, False, False]
    assert [a.suits(CheckpointSegmenter(load_model("demo"))) for a in kinds] == [True, True, True, False]
    classes = CheckpointSegmenter(load_model(tiny_classes))
    assert [a.suits(classes) for a in kinds] == [False, False, False, True]


def test_each_click_answers_the_mask_before(a_disc):
    seen = []

    def ask(prompts):
        seen.append(prompts[0])
        half = a_disc.truth_yx.copy()
        half[:, : 25 + 5 * len(seen)] = False  # the left part is missed, less so each time
        return [Answer(half)]

    (answer,) = Asking("clicks", 3).answers([a_disc], 0, ask)
    assert [len(prompt.points_xy) for prompt in seen] == [1, 2, 3]
    for prompt, missed_until in zip(seen[1:], (30, 35), strict=True):
        x, y = prompt.points_xy[-1].astype(int)
        assert x < missed_until and a_disc.truth_yx[y, x] and prompt.point_labels[-1] == 1
    assert np.count_nonzero(answer.mask_yx)
