"""Where results go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.errors import OutputError
from medsam_core.intensity import IntensityWindow
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.mrml.journal_tag import journals_of
from medsam_core.mrml.result_target import ResultTarget
from medsam_core.mrml.segmentation_node import make_segmentation_node
from medsam_core.mrml.writers import Writers
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import Box, SegmentPrompt
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord
from testkit.geometries import an_oblique_geometry
from testkit.mrml_nodes import a_new_scene, add_volume_on
from testkit.segments import labelmaps_of

GEOMETRY = an_oblique_geometry()


def a_result(shape: tuple[int, int, int] = GEOMETRY.shape_kji) -> SegmentationResult:
    labels = np.random.default_rng(0).integers(0, 3, shape).astype(np.uint8)
    records = tuple(SegmentRecord(n, f"part {n}", 1, 1.0, {}) for n in (1, 2))
    return SegmentationResult(labels, GEOMETRY, records, IntensityWindow("none", 0, 1, 0, 1))


def a_journal() -> PromptJournal:
    model = ModelName("demo", "identity", "ab" * 32, "medsam")
    box = Box((0, 0, 0), (3, 3, 2))
    entries = [JournalEntry(SegmentPrompt(f"part {n}", n, (box,)), GEOMETRY, model) for n in (1, 2, 1)]
    return PromptJournal(tuple(entries))


@pytest.fixture
def a_place() -> tuple[Any, Any]:
    scene = a_new_scene()
    return scene, add_volume_on(scene, GEOMETRY, "CT")


def test_each_segment_keeps_its_own_entries(a_place: tuple[Any, Any]) -> None:
    scene, volume = a_place
    node = ResultTarget(scene, Writers(scene)).put(volume, a_result(), a_journal())
    journals, notes = journals_of(node)
    assert [len(journal.entries) for journal in journals.values()] == [2, 1]
    assert notes == ()
    masks = list(labelmaps_of(node, GEOMETRY.shape_kji).values())
    assert np.array_equal(masks, [a_result().labels_kji == 1, a_result().labels_kji == 2])


def test_a_new_node_is_made_only_for_a_result_and_goes_if_that_does_not_fit(a_place: tuple[Any, Any]) -> None:
    scene, volume = a_place
    nodes = scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")
    target = ResultTarget(scene, Writers(scene))
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == nodes
    with pytest.raises(OutputError, match="reaches out of the volume"):
        target.put(volume, a_result((20, 20, 20)), a_journal())
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == nodes


def test_protecting_ends_with_the_write(a_place: tuple[Any, Any]) -> None:
    scene, volume = a_place
    writers, node = Writers(scene), make_segmentation_node(scene, volume)
    ResultTarget(scene, writers, node).put(volume, a_result(), a_journal())
    before = labelmaps_of(node, GEOMETRY.shape_kji)
    ResultTarget(scene, writers, node, protect=True).put(volume, a_result(), a_journal())
    after = labelmaps_of(node, GEOMETRY.shape_kji)
    assert all(np.array_equal(after[one], before[one]) for one in before)
    assert not any(mask.any() for one, mask in after.items() if one not in before)
    assert not writers.of(node).protect_others
