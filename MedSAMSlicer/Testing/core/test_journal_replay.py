"""A journal replayed gives the mask it was made with; elsewhere, the same object."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import Cancelled, OptionError, PromptError
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.intensity import choose_window
from medsam_core.journal_entry import JournalEntry
from medsam_core.journal_replay import _groups, replay
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.metrics import dice
from medsam_core.prompt_journal import PromptJournal
from medsam_core.slice_grid import SliceGrid
from testkit.journals import LEFT, PLACE, RIGHT, a_tilted_grid, box_on, two_balls
from testkit.memory import memory_below

VOLUME = two_balls()
CACHE = EmbeddingCache()
BOTH = medsam.Prompts(
    (
        medsam.SegmentPrompt("left", 1, (LEFT,), (medsam.Point((22, 30, 6)),)),
        medsam.SegmentPrompt("right", 7, (RIGHT,)),
    )
)


@pytest.fixture(scope="module")
def model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu", precision="fp32")


def on(grid: SliceGrid, n: range) -> medsam.Prompts:
    """The same two objects on another pile of slices."""
    left = box_on(grid, (8, 16, 6), (36, 44, 6), n)
    right = box_on(grid, (34, 22, 6), (68, 46, 6), n)
    segments = (medsam.SegmentPrompt("left", 1, (left,)), medsam.SegmentPrompt("right", 7, (right,)))
    return medsam.Prompts(segments)


TILTED, MIDDLE = a_tilted_grid(VOLUME)
FROM_THE_FRONT = SliceGrid.along(VOLUME.geometry, "j")
CALLS: dict[str, tuple[medsam.Prompts, dict]] = {
    "roi": (BOTH, {}),
    "track": (BOTH, {"propagation": "track"}),
    "roi on tilted slices": (on(TILTED, range(MIDDLE - 1, MIDDLE + 2)), {"grid": TILTED}),
    "track on tilted slices": (
        on(TILTED, range(MIDDLE, MIDDLE + 1)),
        {"grid": TILTED, "propagation": "track"},
    ),
    "roi from the front, as MR": (
        medsam.Prompts((medsam.SegmentPrompt("left", 1, (medsam.Box((4, 2, 28), (40, 30, 32)),)),)),
        {"grid": FROM_THE_FRONT, "intensity": "mr"},
    ),
}


@pytest.mark.parametrize(("prompts", "how"), CALLS.values(), ids=CALLS)
def test_on_the_same_volume_with_the_same_model_the_mask_is_identical(
    model: medsam.Model, prompts: medsam.Prompts, how: dict
) -> None:
    made = medsam.segment_volume(VOLUME, prompts, model, cache=CACHE, **how)
    journal = PromptJournal.of(prompts, VOLUME, model, **how)
    again = replay(PromptJournal.from_tag(journal.to_tag()), VOLUME, model, cache=CACHE)
    assert made.labels_kji.any()
    np.testing.assert_array_equal(again.labels_kji, made.labels_kji)
    assert again.confidence == made.confidence
    assert [s.to_json() for s in again.segments] == [s.to_json() for s in made.segments]
    assert not any("replayed" in note for note in again.notes)


@pytest.mark.parametrize("name", ["roi", "track", "roi on tilted slices"])
def test_a_volume_that_was_moved_gets_the_same_voxels_through_its_registration(
    model: medsam.Model, name: str
) -> None:
    prompts, how = CALLS[name]
    journal = PromptJournal.of(prompts, VOLUME, model, **how)
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    registration = np.eye(4)
    registration[:3, :3], registration[:3, 3] = turn * np.sign(np.linalg.det(turn)), (40, -7, 110)
    elsewhere = two_balls(registration @ PLACE)
    here = replay(journal, VOLUME, model, cache=CACHE)
    there = replay(journal, elsewhere, model, to_volume_ras=registration, cache=CACHE)
    np.testing.assert_array_equal(there.labels_kji, here.labels_kji)


FLIPPED = np.diag([-1.0, 1, 1, 1])
FLIPPED[0, 3] = 79


def other_layout(name: str) -> tuple[medsam.Volume, Callable[[np.ndarray], np.ndarray]]:
    """The same patient in another array, and what brings its labels back."""
    array = VOLUME.array_kji
    if name == "flipped":
        geometry = medsam.Geometry((80, 64, 12), PLACE @ FLIPPED)
        return medsam.Volume(array[:, :, ::-1].copy(), geometry), lambda labels: labels[:, :, ::-1]
    if name == "cropped":
        shift = np.eye(4)
        shift[:3, 3] = 3, 6, 1
        geometry = medsam.Geometry((70, 52, 10), PLACE @ shift)
        inside = (slice(1, 11), slice(6, 58), slice(3, 73))

        def back(labels: np.ndarray) -> np.ndarray:
            whole = np.zeros(array.shape, labels.dtype)
            whole[inside] = labels
            return whole

        return medsam.Volume(array[inside].copy(), geometry), back
    order = np.eye(4)[:, [2, 1, 0, 3]]  # its slices lie across the first one's columns
    geometry = medsam.Geometry((12, 64, 80), PLACE @ order)
    return medsam.Volume(array.transpose(2, 1, 0).copy(), geometry), lambda labels: labels.transpose(2, 1, 0)


@pytest.mark.parametrize("name", ["flipped", "cropped", "sliced across"])
def test_the_same_object_is_found_in_another_array_of_the_patient(model: medsam.Model, name: str) -> None:
    prompts, how = CALLS["roi"]
    journal = PromptJournal.of(prompts, VOLUME, model, **how)
    here = replay(journal, VOLUME, model, cache=CACHE).labels_kji
    other, back = other_layout(name)
    there = back(replay(journal, other, model).labels_kji)
    for label in (1, 7):
        assert dice(there == label, here == label) > 0.9


def test_across_the_slices_the_planes_of_the_prompts_are_cut(model: medsam.Model) -> None:
    prompts, how = CALLS["roi"]
    journal = PromptJournal.of(prompts, VOLUME, model, **how)
    other, back = other_layout("sliced across")
    here = replay(journal, VOLUME, model, cache=CACHE)
    there = replay(journal, other, model, cache=CACHE)
    np.testing.assert_array_equal(back(there.labels_kji), here.labels_kji)
    assert there.confidence[1].keys() == here.confidence[1].keys()


def an_entry(model: medsam.Model, label: int, box: medsam.Box, **how: object) -> JournalEntry:
    return JournalEntry.of(medsam.SegmentPrompt("thing", label, (box,)), VOLUME, model, **how)


def test_entries_that_add_are_united(model: medsam.Model) -> None:
    entries = [an_entry(model, 1, LEFT), an_entry(model, 1, RIGHT)]
    both = replay(PromptJournal(tuple(entries)), VOLUME, model, cache=CACHE)
    apart = [replay(PromptJournal((entry,)), VOLUME, model, cache=CACHE) for entry in entries]
    expected = np.logical_or(*(one.labels_kji == 1 for one in apart))
    np.testing.assert_array_equal(both.labels_kji == 1, expected)
    assert both.segments[0].voxels == expected.sum()


def test_where_segments_of_several_calls_meet_the_later_one_wins(model: medsam.Model) -> None:
    box = medsam.Box((8, 16, 5), (68, 46, 7))
    first, second = an_entry(model, 1, LEFT), an_entry(model, 2, box)
    for entries in ((first, second), (second, first)):
        apart = [replay(PromptJournal((entry,)), VOLUME, model, cache=CACHE).labels_kji for entry in entries]
        assert ((apart[0] > 0) & (apart[1] > 0)).any()
        result = replay(PromptJournal(entries), VOLUME, model, cache=CACHE)
        np.testing.assert_array_equal(result.labels_kji, np.where(apart[1] > 0, apart[1], apart[0]))
        assert [s.voxels for s in result.segments] == [
            int((result.labels_kji == s.label).sum()) for s in result.segments
        ]


@pytest.mark.parametrize("grid", [None, TILTED], ids=["own slices", "tilted slices"])
def test_a_correction_changes_its_slices_of_the_run_and_nothing_else(
    model: medsam.Model, grid: SliceGrid | None
) -> None:
    slices = grid or SliceGrid.along(VOLUME.geometry)
    middle = MIDDLE if grid else 6
    left = box_on(slices, (8, 16, 6), (36, 44, 6), range(middle - 2, middle + 3))
    right = box_on(slices, (34, 22, 6), (68, 46, 6), range(middle, middle + 1))
    drawn = np.zeros(slices.shape_yx, bool)
    drawn[left.min_ijk[1] : left.min_ijk[1] + 9, left.min_ijk[0] : left.min_ijk[0] + 8] = True
    run, part = an_entry(model, 1, left, grid=grid), an_entry(model, 1, right, grid=grid)
    mended = medsam.SegmentPrompt("thing", 1, masks=(MaskPrompt.of(middle, drawn),))
    correction = JournalEntry.of(mended, VOLUME, model, grid=grid, mode="replace")
    of = {
        name: replay(PromptJournal(entries), VOLUME, model, cache=CACHE).labels_kji > 0
        for name, entries in {
            "run": (run,),
            "part": (part,),
            "correction": (correction,),
            "all": (run, part, correction),
        }.items()
    }
    region = slices.to_voxels(middle, np.ones((1, *slices.shape_yx), bool), VOLUME.geometry)
    there = np.zeros(VOLUME.array_kji.shape, bool)
    region.paste(there)
    expected = of["run"] & ~there | of["part"] | of["correction"]
    if grid is not None:  # between slices voxels are interpolated: the neighbours of the corrected one too
        near = slices.to_voxels(middle - 1, np.ones((3, *slices.shape_yx), bool), VOLUME.geometry)
        far = np.ones_like(there)
        far[near.slices] &= ~near.mask_kji
        np.testing.assert_array_equal(of["all"] & far, expected & far)
        assert dice(of["all"], expected) > 0.97
        return
    np.testing.assert_array_equal(of["all"], expected)
    assert (of["run"] & there & ~of["all"]).any()


def test_another_model_is_noted_by_both_names(model: medsam.Model) -> None:
    journal = PromptJournal.of(BOTH, VOLUME, model)
    other = dataclasses.replace(
        model, name="mine", info=dataclasses.replace(model.info, sha256="0" * 64, name="mine")
    )
    result = replay(journal, VOLUME, other)
    assert "The journal was made with demo; it was replayed with mine." in result.notes
    newer = dataclasses.replace(other, name="demo")
    assert any("another version of it" in note for note in replay(journal, VOLUME, newer).notes)


def test_an_intensity_preset_is_made_anew_for_the_other_volume(model: medsam.Model) -> None:
    journal = PromptJournal.of(BOTH, VOLUME, model, intensity=choose_window(VOLUME, "mr"))
    brighter = dataclasses.replace(VOLUME, array_kji=VOLUME.array_kji.astype(np.int16) * 40)
    assert replay(journal, brighter, model).window == choose_window(brighter, "mr")


def test_what_cannot_be_done_there_is_refused_in_one_line(model: medsam.Model) -> None:
    journal = PromptJournal.of(BOTH, VOLUME, model)
    away = np.eye(4)
    away[:3, 3] = 500, 0, 0
    with pytest.raises(
        PromptError, match=r"'left': box .*lies outside of the other volume; register"
    ) as caught:
        replay(journal, VOLUME, model, to_volume_ras=away)
    assert "\n" not in str(caught.value)
    with pytest.raises(OptionError, match="registration: is no invertible"):
        replay(journal, VOLUME, model, to_volume_ras=np.zeros((4, 4)))
    with pytest.raises(OptionError, match="no strategy 'magic'"):
        replay(PromptJournal((an_entry(model, 1, LEFT, propagation="magic"),)), VOLUME, model)
    with pytest.raises(Cancelled):
        replay(journal, VOLUME, model, cancel=lambda: True, cache=EmbeddingCache())


def many_drawn(count: int, geometry: medsam.Geometry, **changes: object) -> PromptJournal:
    """Entries of one call, each a small drawn mask, of two segments by turns."""
    mask = MaskPrompt(3, (5, 6), (8, 4), b"\xff" * 4)
    prompts = [medsam.SegmentPrompt("drawn", 1 + n % 2, masks=(mask,)) for n in range(count)]
    entry = JournalEntry.of(prompts[0], medsam.Volume(np.zeros(geometry.shape_kji), geometry), **changes)
    return PromptJournal(tuple(dataclasses.replace(entry, prompt=prompt) for prompt in prompts))


def test_a_journal_of_thousands_of_entries_is_sorted_into_calls_at_once(model: medsam.Model) -> None:
    journal = many_drawn(4096, VOLUME.geometry, model=model, run="one call")
    started = time.perf_counter()
    groups = _groups(journal.entries)
    assert time.perf_counter() - started < 2
    assert [[entry.prompt.label for entry in group] for group in groups] == [[1, 2]] * 2048


def test_many_entries_take_no_more_memory_than_what_they_hold(model: medsam.Model) -> None:
    volume = medsam.Volume(np.zeros((16, 256, 256), np.uint8), medsam.Geometry((256, 256, 16), np.eye(4)))
    journal = many_drawn(60, volume.geometry, model=model, intensity="0,255")
    replay(many_drawn(1, volume.geometry, model=model, intensity="0,255"), volume, model)
    with memory_below(40):  # each result is 1 MB
        result = replay(journal, volume, model)
    assert np.count_nonzero(result.labels_kji) == 32


def test_a_journal_of_drawn_masks_alone_can_be_cancelled(model: medsam.Model) -> None:
    with pytest.raises(Cancelled):
        replay(many_drawn(2, VOLUME.geometry, model=model), VOLUME, model, cancel=lambda: True)
