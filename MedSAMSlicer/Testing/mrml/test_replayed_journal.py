"""A journal after it was replayed: of the volume and the model that it was replayed on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import CheckpointError, PromptError
from medsam_core.geometry import Geometry
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.mrml.replayed_journal import model_named_by, replayed
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.volume import Volume

GEOMETRY = Geometry((20, 20, 10), np.eye(4))
FOREIGN = ModelName("mine", "identity", "ab" * 32, "sam")


def a_journal(name: ModelName = FOREIGN) -> PromptJournal:
    prompt = SegmentPrompt("liver", 1, (Box((2, 3, 4), (8, 9, 6)),))
    return PromptJournal((JournalEntry(prompt, GEOMETRY, name, volume_name="first"),))


def a_volume(shift: float) -> Volume:
    matrix = np.eye(4)
    matrix[:3, 3] = shift
    return Volume(np.zeros((10, 20, 20), np.uint8), Geometry((20, 20, 10), matrix), name="second")


@pytest.fixture(scope="module")
def model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu", precision="fp32")


def test_it_tells_of_the_new_volume_and_the_new_model(model: medsam.Model) -> None:
    (entry,) = replayed(a_journal(), a_volume(2.0), model, None).entries
    assert entry.prompt.boxes == (Box((0, 1, 2), (6, 7, 4)),)
    assert (entry.volume_name, entry.model) == ("second", ModelName.of(model))
    registration = np.eye(4)
    registration[:3, 3] = 2.0
    (entry,) = replayed(a_journal(), a_volume(2.0), model, registration).entries
    assert entry.prompt.boxes == a_journal().entries[0].prompt.boxes


def test_prompts_outside_of_the_new_volume_are_refused(model: medsam.Model) -> None:
    with pytest.raises(PromptError, match="outside"):
        replayed(a_journal(), a_volume(500.0), model, None)


def test_only_a_name_of_the_catalog_is_followed() -> None:
    assert model_named_by(a_journal(replace(FOREIGN, name="demo"))) == "demo"
    for name in ("/tmp/model.pth", "//server/share/model", "mine", ""):
        with pytest.raises(CheckpointError, match="give the model"):
            model_named_by(a_journal(replace(FOREIGN, name=name)))
