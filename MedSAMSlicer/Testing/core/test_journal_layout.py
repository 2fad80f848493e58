"""The layout of a journal, so that other programs can rely on it."""

from __future__ import annotations

import json

import pytest

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.journal_layout import EntryLayout, JournalLayout, entry_json
from testkit.journals import PLACE, a_tilted_grid, an_entry, two_balls


def test_an_entry_has_these_keys_and_no_others() -> None:
    row = json.loads(json.dumps(entry_json(an_entry(volume_name="CT", version="9"))))
    assert row == {
        "segment": {
            "name": "left",
            "label": 1,
            "boxes": [{"min": [8, 16, 4], "max": [36, 44, 8]}],
            "points": [],
        },
        "source": {"name": "CT", "size": [80, 64, 12], "ijk_to_ras": PLACE.tolist()},
        "model": {"name": "demo", "identity": "1" * 64, "sha256": "2" * 64, "preset": "demo"},
        "grid": None,
        "propagation": "roi",
        "options": {},
        "intensity": "auto",
        "mode": "add",
        "run": "",
        "program": "9",
    }


def test_an_entry_may_leave_out_what_is_usual() -> None:
    row = entry_json(an_entry())
    least = {key: row[key] for key in ("segment", "source", "model")}
    entry = EntryLayout.model_validate_json(json.dumps(least)).entry("entries[0]")
    assert entry_json(entry) == row | {"program": ""}


def test_prompts_are_checked_against_the_slices_they_were_given_on() -> None:
    grid, _ = a_tilted_grid(two_balls())
    last = grid.count - 1
    assert last > 12
    entry = an_entry(medsam.SegmentPrompt("a", 1, (medsam.Box((1, 1, last), (9, 9, last)),)), grid=grid)
    layout = EntryLayout.model_validate_json(json.dumps(entry_json(entry)))
    assert layout.entry("x").prompt == entry.prompt
    with pytest.raises(PromptError, match=r"x\.segment\.boxes\[0\]\.min: lies outside"):
        layout.model_copy(update={"grid": None}).entry("x")


def test_another_version_is_refused() -> None:
    rows = {"version": 7, "entries": [entry_json(an_entry())]}
    layout = JournalLayout.model_validate_json(json.dumps(rows))
    with pytest.raises(PromptError, match=r"a\.json: version: is 7, this program reads version 1"):
        layout.check_version("a.json")
