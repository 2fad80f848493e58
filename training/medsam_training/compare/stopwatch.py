"""Seconds from an image and a box to a mask."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from medsam_training.compare.competitor import Competitor
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.subject import Subject


def seconds_per_image(
    competitors: Sequence[Competitor], subjects: Sequence[Subject], asking: Asking, seed: int
) -> dict[str, float]:
    """Time everyone on the same objects: preparing the image, encoding it, one box, the mask at its size.

    Turn by turn, so that whatever else the machine does falls on all of them; the first object is a
    rehearsal, which pays for what happens once.

    Args:
        competitors: who.
        subjects: two or more, one box each.
        asking, seed: how the box is drawn.

    Returns:
        The median of each, by name.
    """
    times: dict[str, list[float]] = {one.name: [] for one in competitors}
    for subject in subjects:
        for one in competitors:
            image = subject.image_yx.copy()  # a segmenter remembers the arrays that it has encoded
            began = time.perf_counter()
            asking.answers([subject], seed, lambda p, i=image, s=one.contestant.segmenter: s.segment(i, p))
            times[one.name].append(time.perf_counter() - began)
    return {name: statistics.median(taken[1:] or taken) for name, taken in times.items()}
