"""Work that was asked for in a scene, computed on another thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.logic import MedSAMSlicerLogic
from medsam_core.mrml.writers import Writers
from testkit.mrml_nodes import a_new_scene, add_volume
from testkit.segments import labelmaps_of

SHAPE = (6, 48, 56)
BOX = medsam.Box((8, 10, 1), (36, 40, 4))


@pytest.fixture(scope="module")
def model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu", precision="fp32")


@pytest.fixture
def a_logic() -> MedSAMSlicerLogic:
    return MedSAMSlicerLogic(a_new_scene())


@pytest.fixture
def ball(a_logic: MedSAMSlicerLogic) -> Any:
    k, j, i = np.indices(SHAPE)
    inside = (3 * (k - 2.5)) ** 2 + (j - 25) ** 2 + (i - 22) ** 2 < 12**2
    return add_volume(a_logic.scene, np.where(inside, 200, 60).astype(np.uint8), name="ball")


def masks(node: Any) -> list[np.ndarray]:
    return list(labelmaps_of(node, SHAPE).values())


def test_a_plan_computed_on_another_thread_gives_the_segment_and_journal_that_segment_gives(
    a_logic: MedSAMSlicerLogic, ball: Any, model: medsam.Model
) -> None:
    plan = a_logic.plan(ball, BOX, segmentName="ball")
    with ThreadPoolExecutor(1) as thread:
        result = thread.submit(plan.compute, model, EmbeddingCache()).result()
    here, there = a_logic.segment(ball, BOX, model=model, segmentName="ball"), plan.put(result, model)
    assert masks(there)[0].any()
    assert np.array_equal(masks(there)[0], masks(here)[0])
    again = a_logic.planReplay(there, ball)
    replayed = again.put(again.compute(model, EmbeddingCache()), model)
    assert np.array_equal(masks(replayed)[0], masks(here)[0])
    assert replayed.GetSegmentation().GetNthSegment(0).GetName() == "ball"


def test_planning_changes_nothing_in_the_scene(a_logic: MedSAMSlicerLogic, ball: Any) -> None:
    before = a_logic.scene.GetNumberOfNodes()
    a_logic.plan(ball, BOX)
    assert a_logic.scene.GetNumberOfNodes() == before


def test_an_application_s_own_writers_and_cache_are_used(model: medsam.Model) -> None:
    scene, made, cache = a_new_scene(), [], EmbeddingCache()

    def make(node: Any, volume: Any) -> EditorWriter:
        made.append(node)
        return EditorWriter(scene, node, volume)

    logic = MedSAMSlicerLogic(scene, writers=Writers(scene, make), cache=lambda: cache)
    node = logic.segment(add_volume(scene, np.zeros(SHAPE, np.uint8)), BOX, model=model)
    assert made == [node]
    assert cache.stats().entries == 4
