"""Several segments carried through one volume at once, so that slices are encoded once for all."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from medsam_core.prompts import SegmentPrompt
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.strategy import Propagation, Step


def run_together(
    strategy: Propagation, segments: Sequence[SegmentPrompt], slices: SlicePredictor
) -> Iterator[tuple[int, Step]]:
    """Yield (place of the segment in `segments`, step), the run that is farthest behind first.

    So runs over the same slices stay side by side, and an embedding is used by all before it leaves the
    cache. Each run gives what it would give alone.
    """
    runs = [strategy.run(segment, slices) for segment in segments]
    waiting = [(-1, place) for place in range(len(runs))]
    try:
        while waiting:
            _, place = heapq.heappop(waiting)
            step = next(runs[place], None)
            if step is not None:
                yield place, step
                heapq.heappush(waiting, (step.index, place))
    finally:
        for run in runs:
            run.close()  # type: ignore[attr-defined] - every strategy is a generator
