"""An entry of a journal holds all that an answer depends on, and only what can be."""

from __future__ import annotations

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import IntensityError, PromptError
from medsam_core.intensity import choose_window
from medsam_core.journal_entry import LONGEST_TEXT, JournalEntry, ModelName, one_line
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.slice_grid import SliceGrid
from testkit.journals import LEFT, PLACE, a_tilted_grid, an_entry, two_balls

VOLUME = two_balls()
PROMPT = medsam.SegmentPrompt("left", 1, (LEFT,))


def test_an_entry_of_a_call_names_its_model_volume_and_intensity() -> None:
    model = medsam.load_model("demo", device="cpu", precision="fp32")
    window = choose_window(VOLUME, "mr")
    entry = JournalEntry.of(PROMPT, VOLUME, model, intensity=window, propagation="track")
    assert entry.model == ModelName("demo", model.info.identity, model.info.sha256, model.preset.name)
    assert (entry.intensity, entry.volume_name, entry.grid) == ("mr", "two balls", None)
    assert entry.geometry is VOLUME.geometry
    assert entry.slices.is_native
    assert not entry.model.differs(ModelName.of(model))


def test_a_grid_that_is_the_volumes_own_slices_is_none() -> None:
    assert an_entry(grid=SliceGrid.along(VOLUME.geometry)).grid is None
    tilted, _ = a_tilted_grid(VOLUME)
    middle = medsam.SegmentPrompt("left", 1, (medsam.Box((9, 9, 3), (20, 20, 3)),))
    assert an_entry(middle, grid=tilted).grid is tilted


@pytest.mark.parametrize(
    ("change", "differs"), [({"name": "x"}, False), ({"identity": "x"}, True), ({"preset": "sam"}, True)]
)
def test_another_name_is_no_other_model(change: dict, differs: bool) -> None:
    given = {"name": "demo", "identity": "1", "sha256": "2", "preset": "medsam"}
    assert ModelName(**given).differs(ModelName(**given | change)) is differs


def test_entries_of_one_setting_can_be_done_together() -> None:
    other = medsam.SegmentPrompt("right", 2, (LEFT,))
    assert an_entry().setting == an_entry(other).setting
    changes = [
        {"propagation": "track"},
        {"options": {"a": 1}},
        {"intensity": "mr"},
        {"mode": "replace"},
        {"grid": SliceGrid.along(VOLUME.geometry, "j")},
    ]
    low = medsam.SegmentPrompt("left", 1, (medsam.Box((1, 1, 1), (9, 9, 9)),))
    settings = {an_entry(low, **change).setting for change in changes}
    assert len(settings | {an_entry(low).setting}) == 6


BAD = {
    "a box outside": (lambda: an_entry(medsam.SegmentPrompt("a", 1, (medsam.Box((0, 0, 0), (9, 9, 12)),))),),
    "a mask outside": (
        lambda: an_entry(medsam.SegmentPrompt("a", 1, masks=(MaskPrompt.of(12, np.ones((9, 9), bool)),))),
    ),
    "a box outside of its grid": (lambda: an_entry(grid=SliceGrid((9, 9, 9), np.eye(4))),),
    "no such mode": (lambda: an_entry(mode="erase"),),
    "options that are no values": (lambda: an_entry(options={"a": [1]}),),
}


@pytest.mark.parametrize("make", [row[0] for row in BAD.values()], ids=BAD)
def test_what_cannot_be_is_refused_in_one_line(make) -> None:
    with pytest.raises(PromptError) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_an_intensity_that_is_no_preset_is_refused() -> None:
    assert an_entry(intensity="-100,300").intensity == "-100,300"
    with pytest.raises(IntensityError):
        an_entry(intensity="brightest")


def test_an_entry_cannot_be_changed_from_outside() -> None:
    options = {"margin": 3}
    entry = an_entry(options=options)
    options["margin"] = 4
    assert entry.options["margin"] == 3
    with pytest.raises(TypeError):
        entry.options["margin"] = 5  # type: ignore[index]
    with pytest.raises(ValueError, match="read-only"):
        entry.geometry.ijk_to_ras[0, 0] = 1
    assert np.array_equal(entry.geometry.ijk_to_ras, PLACE)


def test_names_from_files_become_one_short_line() -> None:
    assert one_line("a\n\x1b[31mb\u2028 c") == "a [31mb c"
    assert len(one_line("x" * 10_000)) == LONGEST_TEXT
