"""A journal survives every way it is kept, and a stranger's journal does no harm."""

from __future__ import annotations

import base64
import copy
import json
import re
import time
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompt_journal import LARGEST_JSON, LARGEST_TAG, PromptJournal
from medsam_core.slice_grid import SliceGrid
from testkit.geometries import geometries
from testkit.journals import LEFT, RIGHT, a_tilted_grid, an_entry, two_balls

VOLUME = two_balls()
OPTIONS = {"margin": 3, "share": 0.25, "name": "x", "on": True, "off": None}
TILTED, _ = a_tilted_grid(VOLUME)


def drawn(seed: int, shape_yx: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(seed).random(shape_yx) > 0.6


def a_journal() -> PromptJournal:
    mask = MaskPrompt.of(3, drawn(0, (64, 80)))
    on_tilted = medsam.SegmentPrompt("Lebertümor 肝 |", 2, (medsam.Box((9, 9, 3), (20, 20, 3)),))
    corrected = medsam.SegmentPrompt("left", 1, points=(medsam.Point((1, 2, 3), False),), masks=(mask,))
    entries = (
        an_entry(
            propagation="track", options={"margin": 3, "share": 0.25, "name": "x", "on": True, "off": None}
        ),
        an_entry(corrected, mode="replace", intensity="ct-soft", run="together", volume_name="CT 1"),
        an_entry(on_tilted, grid=TILTED, intensity="-100,300.5"),
    )
    return PromptJournal(entries)


@st.composite
def entries(draw: st.DrawFn) -> JournalEntry:
    """Any entry that can be."""
    geometry = draw(geometries(sheared=True, largest=40))
    size = geometry.size_ijk

    def voxel() -> tuple:
        return tuple(draw(st.integers(0, n - 1)) for n in size)

    letters = st.characters(categories=("L", "N", "P", "S"))
    names = st.text(letters, min_size=1, max_size=9)
    mask = MaskPrompt.of(draw(st.integers(0, size[2] - 1)), drawn(draw(st.integers(0, 99)), size[1::-1]))
    points = [medsam.Point(voxel(), draw(st.booleans())) for _ in range(draw(st.integers(0, 3)))]
    prompt = medsam.SegmentPrompt(draw(names), draw(st.integers(1, 65535)), points=points, masks=(mask,))
    shift = np.eye(4)
    shift[:3, 3] = [draw(st.floats(-5, 5)) for _ in range(3)]
    grid = SliceGrid(size, shift, draw(st.sampled_from([None, "j"]))) if draw(st.booleans()) else None
    return JournalEntry(
        prompt,
        geometry,
        ModelName(draw(names), "i", "s", "medsam"),
        grid,
        draw(st.sampled_from(["roi", "track", "anchors"])),
        {"a": draw(st.integers(-9, 9)), "b": draw(st.floats(-9, 9))},
        draw(st.sampled_from(["auto", "mr", "1,2"])),
        draw(st.sampled_from(["add", "replace"])),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(entries(), min_size=1, max_size=4))
def test_any_journal_comes_back_from_json_and_from_a_tag(given: list[JournalEntry]) -> None:
    journal = PromptJournal(tuple(given))
    for back in (
        PromptJournal.from_json(journal.to_json()),
        PromptJournal.from_json(journal.to_json(indent=1).encode()),
        PromptJournal.from_tag(journal.to_tag()),
    ):
        assert back.to_json() == journal.to_json()
        for one, other in zip(back.entries, journal.entries, strict=True):
            assert one.prompt == other.prompt
            assert np.array_equal(one.geometry.ijk_to_ras, other.geometry.ijk_to_ras)
            assert np.array_equal(one.slices.xyn_to_ijk, other.slices.xyn_to_ijk)
            assert (one.model, one.mode, dict(one.options)) == (other.model, other.mode, dict(other.options))


def test_a_tag_has_only_letters_that_every_scene_file_keeps() -> None:
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", a_journal().to_tag())


def test_the_journal_of_a_call_names_the_call() -> None:
    model = medsam.load_model("demo", device="cpu", precision="fp32")
    prompts = medsam.Prompts(
        (medsam.SegmentPrompt("left", 1, (LEFT,)), medsam.SegmentPrompt("right", 7, (RIGHT,)))
    )
    journal = PromptJournal.of(prompts, VOLUME, model, propagation="track")
    (run,) = {entry.run for entry in journal.entries}
    assert run
    assert PromptJournal.of(prompts, VOLUME, model, propagation="track").entries[0].run == run
    assert PromptJournal.of(prompts, VOLUME, model).entries[0].run != run
    assert journal.prompts() == prompts


def test_prompts_of_one_segment_are_united_and_the_later_mask_counts() -> None:
    old, new, other = (MaskPrompt.of(k, drawn(n, (64, 80))) for n, k in enumerate((3, 3, 5)))
    journal = PromptJournal(
        (
            an_entry(medsam.SegmentPrompt("left", 1, (LEFT,), masks=(old, other))),
            an_entry(medsam.SegmentPrompt("right", 2, (RIGHT,))),
            an_entry(medsam.SegmentPrompt("left lung", 1, (LEFT, RIGHT), masks=(new,)), mode="replace"),
        )
    )
    left, right = journal.prompts().segments
    assert (left.name, left.boxes, set(left.masks)) == ("left lung", (LEFT, RIGHT), {new, other})
    assert right == medsam.SegmentPrompt("right", 2, (RIGHT,))


def test_prompts_on_several_orientations_are_no_one_list() -> None:
    with pytest.raises(PromptError, match="several orientations or volumes; replay it"):
        a_journal().prompts()


def edited(change: Callable[[dict], object]) -> str:
    content = copy.deepcopy(json.loads(a_journal().to_json()))
    change(content)
    return json.dumps(content)


def first(change: Callable[[dict], object]) -> str:
    return edited(lambda content: change(content["entries"][0]))


def a_mask_of(size: list[int]) -> dict:
    return {"slice": 0, "corner": [0, 0], "size": size, "bits": ""}


BAD: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is not JSON"),
    "no JSON": (b"\xff\xfe", "is not JSON"),
    "nested without end": ("[" * 100_000, "is not JSON"),
    "a prompts file": ('{"version": 1, "frame": "ijk", "segments": []}', "frame: is not known"),
    "another version": (edited(lambda c: c.update(version=2)), "version: is 2, this program reads version 1"),
    "no entries": (edited(lambda c: c.update(entries=[])), "entries: is wrong"),
    "too many": (edited(lambda c: c.update(entries=c["entries"] * 2000)), "entries: is wrong"),
    "a misspelt key": (first(lambda e: e.update(intensty="mr")), r"entries\[0\]\.intensty: .*'intensity'"),
    "no model": (first(lambda e: e.pop("model")), r"entries\[0\]\.model: is missing"),
    "a name without end": (first(lambda e: e["model"].update(name="x" * 300)), "name: is wrong"),
    "a mode": (first(lambda e: e.update(mode="erase")), "mode: is wrong"),
    "an intensity": (first(lambda e: e.update(intensity="x")), r"entries\[0\]: intensity: 'x' is no preset"),
    "an option that is a list": (first(lambda e: e.update(options={"a": [1]})), "options"),
    "too many options": (
        first(lambda e: e.update(options={str(n): 1 for n in range(99)})),
        "options: is wrong",
    ),
    "a volume of nothing": (first(lambda e: e["source"].update(size=[0, 1, 1])), "size"),
    "a volume without end": (first(lambda e: e["source"].update(size=[2**40, 1, 1])), "size"),
    "a flat volume": (
        first(lambda e: e["source"].update(ijk_to_ras=[[0.0] * 4] * 3 + [[0.0, 0.0, 0.0, 1.0]])),
        r"entries\[0\]: geometry: its axes lie in one plane",
    ),
    "a matrix of three rows": (first(lambda e: e["source"]["ijk_to_ras"].pop()), "ijk_to_ras: is wrong"),
    "a grid without end": (
        first(lambda e: e.update(grid={"size": [2**20] * 3, "xyn_to_ijk": np.eye(4).tolist(), "axis": None})),
        "would have 1048576 x",
    ),
    "an axis": (edited(lambda c: c["entries"][2]["grid"].update(axis="z")), "axis: is wrong"),
    "a box outside": (
        first(lambda e: e["segment"]["boxes"][0].update(max=[80, 9, 9])),
        r"entries\[0\]\.segment\.boxes\[0\]\.max: lies outside",
    ),
    "a box that is no place": (first(lambda e: e["segment"]["boxes"][0].update(max=[None] * 3)), "is wrong"),
    "masks that would fill the memory": (
        first(lambda e: e["segment"].update(masks=[a_mask_of([2**31 - 1, 2**31 - 1])])),
        "masks would take",
    ),
    "a mask beyond its slice": (
        first(lambda e: e["segment"].update(masks=[a_mask_of([81, 1])])),
        r"segment\.masks\[0\]: reaches outside",
    ),
    "a segment of nothing": (first(lambda e: e["segment"].update(boxes=[])), "has no box"),
    "a name of two lines": (first(lambda e: e["segment"].update(name="a\nb")), "control characters"),
}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD)
def test_what_is_no_journal_is_refused_in_one_line_that_names_the_place(
    text: str | bytes, words: str
) -> None:
    with pytest.raises(PromptError, match=words) as caught:
        PromptJournal.from_json(text, "my.journal.json")
    assert str(caught.value).startswith("my.journal.json")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_version_that_is_missing_is_said_so() -> None:
    with pytest.raises(PromptError, match="version: is missing"):
        PromptJournal.from_json(edited(lambda c: c.pop("version")))


def packed(text: bytes) -> str:
    return base64.b64encode(zlib.compress(text, 9)).decode()


BAD_TAGS: dict[str, tuple[str, str]] = {
    "empty": ("", "is damaged"),
    "cut off": (a_journal().to_tag()[:-9], "is damaged"),
    "of other letters": ("§§§", "is damaged"),
    "not packed": (base64.b64encode(b"hello").decode(), "is damaged"),
    "with more behind": (
        base64.b64encode(base64.b64decode(a_journal().to_tag()) + b"more").decode(),
        "is damaged",
    ),
    "no journal": (packed(b"[]"), "should be"),
    "too long": ("A" * (LARGEST_TAG + 1), "is larger than 8 MB"),
}


@pytest.mark.parametrize(("tag", "words"), BAD_TAGS.values(), ids=BAD_TAGS)
def test_a_tag_that_is_no_journal_is_refused(tag: str, words: str) -> None:
    with pytest.raises(PromptError, match=words) as caught:
        PromptJournal.from_tag(tag, "segment 'liver'")
    assert str(caught.value).startswith("segment 'liver'")


def test_a_bomb_is_put_out_before_it_fills_the_memory() -> None:
    bomb = packed(b" " * (40 * LARGEST_JSON))
    tracemalloc.start()
    begin = time.perf_counter()
    with pytest.raises(PromptError, match="is larger than 16 MB"):
        PromptJournal.from_tag(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * LARGEST_JSON
    assert time.perf_counter() - begin < 5


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2**30))
def test_noise_in_a_tag_is_an_error_and_nothing_else(noise: bytes, at: int) -> None:
    whole = zlib.decompress(base64.b64decode(a_journal().to_tag()))
    spot = at % len(whole)
    for text in (noise, whole[:spot] + noise + whole[spot + len(noise) :]):
        try:
            PromptJournal.from_tag(packed(text))
        except PromptError as error:
            assert "\n" not in str(error)


def test_a_journal_has_entries_but_not_without_end() -> None:
    with pytest.raises(PromptError, match="has 0 entries"):
        PromptJournal(())
    with pytest.raises(PromptError, match="has 4097 entries"):
        PromptJournal((an_entry(),) * 4097)


def test_a_hundred_corrections_on_large_slices_fit_into_a_tag() -> None:
    geometry = medsam.Geometry((512, 512, 200), np.eye(4))
    j, i = np.indices((512, 512))
    model = an_entry().model
    corrections = []
    for k in range(100):
        organ = (j - 250 + k) ** 2 + (i - 240) ** 2 < (90 + 20 * np.sin(np.arctan2(j, i) * 9)) ** 2
        prompt = medsam.SegmentPrompt("liver", 1, masks=(MaskPrompt.of(k, organ),))
        corrections.append(JournalEntry(prompt, geometry, model, mode="replace"))
    tag = PromptJournal(tuple(corrections)).to_tag()
    assert len(tag) < 500_000
    assert len(PromptJournal.from_tag(tag).entries) == 100


def test_no_more_journals_are_read_together_than_one_may_hold() -> None:
    side = 1 << 14
    masks = tuple(MaskPrompt(k, (0, 0), (side, side), bytes(side * side // 8)) for k in range(3))
    geometry = medsam.Geometry((side, side, 3), np.eye(4))
    huge = replace(an_entry(), prompt=medsam.SegmentPrompt("huge", 1, masks=masks), geometry=geometry)
    rest = iter([PromptJournal((huge,))] * 9)
    with pytest.raises(PromptError, match="scene: holds more than 4096 entries and 256 MB of masks"):
        PromptJournal.together(rest, "scene")
    assert len(list(rest)) == 6
