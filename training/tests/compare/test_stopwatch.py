"""Seconds from an image and a box to a mask."""

from __future__ import annotations

import time

import numpy as np

from medsam_training.compare.competitor import Competitor
from medsam_training.compare.stopwatch import seconds_per_image
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.contestant import Contestant
from medsam_training.evaluate.segmenter import Answer
from medsam_training.evaluate.subject import Subject


class Slow:
    """Needs so many seconds for an image that it has not seen, and ten times as many for its first."""

    takes_points, takes_boxes = False, True

    def __init__(self, name: str, seconds: float) -> None:
        self.name, self.seconds = name, seconds
        self.seen: list[np.ndarray] = []

    def segment(self, image_yx, prompts):
        if not any(image_yx is known for known in self.seen):
            time.sleep(self.seconds * (1 if self.seen else 10))
            self.seen.append(image_yx)
        return [Answer(np.zeros(image_yx.shape, bool)) for _ in prompts]


def test_the_median_leaves_out_what_happens_once_and_what_is_remembered() -> None:
    truth = np.zeros((20, 20), bool)
    truth[5:10, 5:10] = True
    image = np.zeros((20, 20), np.uint8)
    subject = Subject("s", "s/1", "1", None, "disc", 1, 0, (image,), truth, None)
    everyone = [Competitor(Contestant(Slow(*who)), 0) for who in (("quick", 0.002), ("slow", 0.03))]
    found = seconds_per_image(everyone, [subject] * 5, Asking("box", 0.05), seed=0)
    assert 0.03 <= found["slow"] < 0.3
    assert 0.002 <= found["quick"] < found["slow"]
