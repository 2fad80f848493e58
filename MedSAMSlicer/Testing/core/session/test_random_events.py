"""Ten thousand things a restless user may do: no stale result, no deadlock, no leak."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from medsam_core.errors import MedSAMError
from medsam_core.geometry import Geometry
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.jobs.agenda import Task
from medsam_core.jobs.request import Request
from medsam_core.jobs.worker import MOST_RESPONSES, Worker
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.session.events import Event, Failure, RunChanged, Written
from medsam_core.session.handler import SessionHandler
from medsam_core.session.preview import Preview
from medsam_core.session.run_state import Phase, Run
from medsam_core.session.segment_run import SegmentRun
from medsam_core.session.segment_state import Deed
from medsam_core.session.session import Session
from medsam_core.session.slice_result import SliceResult
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.array_writer import ArrayWriter
from testkit.fresh_answers import FreshAnswers
from testkit.hindered_models import Stumbling, hindered
from testkit.tiny_models import a_tiny_model

SIZE = (26, 22, 5)
SOON = 60.0


class RestlessUser:
    """Does one random thing after another, and looks at everything that comes back.

    Args:
        seed: of the choices.
        stumble: every so many calls the model fails.
    """

    def __init__(self, seed: int, stumble: int = 40) -> None:
        self.rng = np.random.default_rng(seed)
        self.fresh = FreshAnswers()
        self.sound = [a_tiny_model("sam", seed=n) for n in (1, 2)]
        self.twin: dict[int, object] = {}
        self.models = [hindered(model, Stumbling(stumble + n)) for n, model in enumerate(self.sound)]
        values = [self.rng.integers(0, 900, SIZE[::-1]).astype(np.int16) for _ in range(3)]
        self.volumes = [
            Volume(array, Geometry(SIZE, np.eye(4)), name=str(n)) for n, array in enumerate(values)
        ]
        self.worker = Worker(SessionHandler(EmbeddingCache(ram_bytes=1 << 20)))
        self.session = Session(self.worker, ArrayWriter(SIZE[::-1]))
        self.accepted: dict[int, tuple] = {}
        self.seen: Counter[str] = Counter()
        self.most_waiting = 0

    def acts(self, count: int) -> None:
        """Do `count` things."""
        names, weights = zip(*WEIGHTS.items(), strict=True)
        chances = np.array(weights) / sum(weights)
        self.set_volume()
        self.set_model()
        for name in self.rng.choice(names, count, p=chances):
            try:
                getattr(self, name)()
                self.seen[name] += 1
            except MedSAMError:
                self.seen[f"{name} refused"] += 1
        self.most_waiting = max(self.most_waiting, len(self.worker._runner._responses))

    # What a user may do

    def set_volume(self) -> None:
        volume = self.volumes[self.rng.integers(3)]
        if self.rng.random() < 0.3:  # the same volume with other content
            volume = Volume(volume.array_kji[::-1].copy(), volume.geometry, name=volume.name + "'")
            self.volumes[self.rng.integers(3)] = volume
        writer = ArrayWriter(SIZE[::-1], protect_others=bool(self.rng.integers(2)))
        for name in "abc":
            writer.add_segment(name)
        self.session.set_volume(volume, self.intensity(), writer)
        self.look_at()
        self.select()

    def set_model(self) -> None:
        self.session.set_model(self.models[self.rng.integers(2)])

    def set_intensity(self) -> None:
        self.session.set_intensity(self.intensity())

    def look_at(self) -> None:
        grid = self.session.grid
        if self.rng.random() < 0.2:
            axis = "kji"[self.rng.integers(3)]
            grid = SliceGrid.along(self.session.volume.geometry, axis)
        self.session.look_at(int(self.rng.integers(grid.count)), grid, int(self.rng.integers(-1, 2)))

    def select(self) -> None:
        self.session.select(f"Segment_{self.rng.integers(1, 4)}")

    def drag(self) -> None:
        clicks = [(self.rng.uniform(0, 6, 2), bool(self.rng.integers(2)))] if self.rng.random() < 0.2 else []
        self.session.prompt(self.rng.uniform(-3, 27, 4), clicks)

    def escape(self) -> None:
        self.session.escape()

    def accept(self) -> None:
        marked = self.session.marked
        if marked is not None:  # what it is written from, whatever is chosen until it is
            self.accepted[id(marked)] = (marked, self.session._setting.subject(marked.grid))
        record = self.session.accept()
        if record is not None:
            self.check_written(Written(record))

    def propagate(self) -> None:
        grid = self.session.grid
        ids = {f"Segment_{n}" for n in self.rng.integers(1, 4, self.rng.integers(1, 3))}
        self.session.propagate("roi", prompts={one: self.a_roi(grid) for one in sorted(ids)}, grid=grid)

    def cancel(self) -> None:
        self.session.cancel(self.a_run())

    def discard(self) -> None:
        self.session.discard(self.a_run())

    def commit(self) -> None:
        self.session.commit(self.a_run(), "replace" if self.rng.random() < 0.3 else "add")

    def correct(self) -> None:
        segment_id = self.session.selected
        run = next((r for r in self.session.runs if segment_id in r.segments), None)
        known = run.segments[segment_id] if run else self.session.written_run(segment_id)
        if known is None:
            return
        index = int(self.rng.integers(known.grid.count))
        if self.rng.random() < 0.5:
            self.session.correct(index, box_xyxy=self.rng.uniform(0, 20, 4))
        else:
            self.session.correct(index, mask_yx=self.rng.random(known.grid.shape_yx) < 0.3)
        self.seen["corrections"] += 1

    def undo(self) -> None:
        self.session.undo()

    def redo(self) -> None:
        self.session.redo()

    def rest(self) -> None:
        """Let the worker get somewhere: most often not far, now and then to the end."""
        self.worker.wait_idle(SOON if self.rng.random() < 0.2 else float(self.rng.uniform(0, 0.005)))
        self.pump()

    def pump(self) -> None:
        """Take the answers in, and hold each of them to one computed anew."""
        self.most_waiting = max(self.most_waiting, len(self.worker._runner._responses))
        self.look_over(self.session.pump())

    def look_over(self, events: list[Event]) -> None:
        """Hold each event, and the preview, to what is computed anew."""
        for event in events:
            self.seen[type(event).__name__] += 1
            if isinstance(event, RunChanged):
                self.check_run(event.run)
            elif isinstance(event, Written):
                self.check_written(event)
            elif isinstance(event, Failure):
                assert "failed unexpectedly (RuntimeError" in event.sentence or event.topic.startswith(
                    ("accept", "write", "correction")
                ), event.sentence
        self.check_preview()

    # What must hold

    def check_preview(self) -> None:
        preview = self.session.preview
        if preview is None:
            return
        prompt = preview.prompt
        wanted = self.answer(self.session._setting.subject(prompt.grid), prompt.segment(), prompt.index)
        np.testing.assert_array_equal(preview.result.mask_yx(prompt.grid.shape_yx), wanted)
        assert prompt.segment_id == self.session.selected
        self.seen["previews checked"] += 1

    def check_run(self, run: Run) -> None:
        if run.phase is Phase.DISCARDED or run.around is not None:
            return
        assert run.subject.volume is self.session.volume
        for segment in run.segments.values():
            if segment.corrections:
                continue
            for index, result in list(segment.slices.items())[-2:]:
                wanted = self.answer(run.subject, segment.prompt, index)
                np.testing.assert_array_equal(result.mask_yx(segment.grid.shape_yx), wanted)
                self.seen["slices checked"] += 1

    def check_written(self, event: Written) -> None:
        writer = self.session._ledger.writer
        for segment_id in event.record.voxels:
            deed = next(reversed(self.session._ledger.state(segment_id).deeds), None)
            if deed is None or deed.prompt is None or deed.patch is None:
                continue  # undone since, or a run
            _, subject = self.accepted[id(deed.prompt)]
            wanted = self.answer(subject, deed.prompt.segment(), deed.prompt.index)
            patch = deed.prompt.grid.to_voxels(deed.prompt.index, wanted[None], subject.volume.geometry)
            whole, written = np.zeros(SIZE[::-1], bool), np.zeros(SIZE[::-1], bool)
            patch.paste(whole)
            deed.patch.paste(written)
            assert not np.any(written & ~whole), "more was written than the model found"
            blocked = writer.protected(segment_id, Box((0, 0, 0), tuple(n - 1 for n in SIZE)))
            assert not np.any(whole & ~written & ~blocked), "less was written than is free"
            self.seen["writes checked"] += 1

    def answer(self, subject: object, segment: SegmentPrompt, index: int) -> np.ndarray:
        """From the model without its stumbling."""
        place = self.models.index(subject.model)  # type: ignore[attr-defined]
        key = (id(subject.volume), subject.intensity, place, id(subject.grid))  # type: ignore[attr-defined]
        if key not in self.twin:
            self.twin[key] = type(subject)(  # type: ignore[call-arg]
                self.sound[place],
                subject.volume,
                subject.intensity,
                subject.grid,  # type: ignore[attr-defined]
            )
        return self.fresh.mask_yx(self.twin[key], segment, index)  # type: ignore[arg-type]

    # Small choices

    def intensity(self) -> str:
        return ("mr", "100,700")[self.rng.integers(2)]

    def a_run(self) -> Run | None:
        runs = self.session.runs
        return runs[self.rng.integers(len(runs))] if runs else None

    def a_roi(self, grid: SliceGrid) -> SegmentPrompt:
        low = [int(self.rng.integers(0, n - 3)) for n in grid.size_xyn]
        high = [int(self.rng.integers(a + 1, n)) for a, n in zip(low, grid.size_xyn, strict=True)]
        return SegmentPrompt("s", 1, (Box(tuple(low), tuple(high)),))


WEIGHTS = {
    "drag": 40,
    "pump": 18,
    "look_at": 12,
    "rest": 6,
    "accept": 4,
    "propagate": 4,
    "select": 3,
    "cancel": 2,
    "commit": 3,
    "discard": 1,
    "escape": 2,
    "correct": 1,
    "undo": 1,
    "redo": 1,
    "set_volume": 1.5,
    "set_model": 1,
    "set_intensity": 0.5,
}


KINDS = (SliceResult, Preview, Run, SegmentRun, Deed, Request, Task)


def check_still_works(user: RestlessUser) -> None:
    """The next request works: a prompt on a sound model gives its mask."""
    user.session.set_model(user.models[0])
    user.models[0].backend.before.every = 0
    user.session.select("Segment_1")
    user.session.look_at(2)
    user.session.prompt((3, 3, 18, 17))
    user.look_over(user.session.settle(SOON))
    assert not user.worker.is_busy, "deadlock"
    assert user.session.preview is not None
    assert user.session.preview.prompt is user.session.marked


def storm(seed: int, count: int, before_end: Callable[[RestlessUser], None] = check_still_works) -> Counter:
    user = RestlessUser(seed)
    try:
        user.acts(count)
        before_end(user)
        assert user.most_waiting <= MOST_RESPONSES + count, "responses pile up"
    finally:
        assert user.worker.close(SOON), "the thread did not end"
    return user.seen


def test_no_stale_result_is_applied_and_nothing_stands_still() -> None:
    seen = storm(seed=0, count=10_000)
    for what in ("previews checked", "slices checked", "writes checked"):
        assert seen[what] > 3, (what, seen)
    for what in ("Failure", "commit", "accept", "undo", "set_volume", "cancel"):
        assert seen[what] > 0, (what, seen)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 7))
def test_no_stale_result_is_applied_whatever_the_user_does(seed: int) -> None:
    storm(seed, count=20_000)


def alive() -> Counter[str]:
    """How many objects there are of each of `KINDS`."""
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if issubclass(type(one), KINDS))


def test_memory_does_not_grow_with_what_was_done() -> None:
    before = alive()
    user = RestlessUser(3)
    sizes = []
    try:
        for _ in range(3):
            user.acts(600)
            check_still_works(user)
            user.session.set_volume(user.volumes[0], "mr", ArrayWriter(SIZE[::-1]))
            user.session.settle(SOON)
            sizes.append(alive())
            user.session.set_model(user.models[1])
    finally:
        assert user.worker.close(SOON)
    for kind in KINDS:
        counts = [size[kind.__name__] for size in sizes]
        assert counts[-1] <= before[kind.__name__] + 3, (kind, counts)
