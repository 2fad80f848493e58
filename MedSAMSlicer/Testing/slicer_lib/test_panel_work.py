"""What the panel does, over the real engine, with an event loop beaten by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import CheckpointError, PromptError
from medsam_core.mrml.logic import MedSAMSlicerLogic
from MedSAMSlicerLib.background_run import IsCancelled, Progress
from MedSAMSlicerLib.model_choice import ModelChoice
from MedSAMSlicerLib.panel_work import PanelWork
from MedSAMSlicerLib.scene_batch import SceneBatch
from MedSAMSlicerLib.workshop import Workshop
from testkit.beaten_timer import AnEventLoop
from testkit.mrml_nodes import a_new_scene, add_roi, add_volume

SHAPE = (6, 48, 56)


class Nothing:
    """Nothing is missing, unless it is said."""

    missing, sentence = False, ""

    def install(self) -> None:
        raise AssertionError("nobody asked")


class AWorkplace(AnEventLoop):
    """An application with a workshop, and a panel's work in it."""

    def __init__(self) -> None:
        super().__init__()
        self.needs = Nothing()
        self.workshop = Workshop(self.pump, self.needs)
        self.work = PanelWork(self.workshop)
        self.done: list[Any] = []

    def rest(self) -> None:
        """Until all is done."""
        self.until(lambda: not self.work.is_busy)


@pytest.fixture
def workplace() -> Iterator[AWorkplace]:
    made = AWorkplace()
    yield made
    made.work.close()
    made.workshop.close()


@pytest.fixture
def a_logic() -> MedSAMSlicerLogic:
    return MedSAMSlicerLogic(a_new_scene())


def add_ball(scene: Any, name: str = "ball") -> Any:
    k, j, i = np.indices(SHAPE)
    inside = (3 * (k - 2.5)) ** 2 + (j - 25) ** 2 + (i - 22) ** 2 < 12**2
    return add_volume(scene, np.where(inside, 200, 60).astype(np.uint8), name=name)


def an_roi(scene: Any) -> Any:
    return add_roi(scene, [22, 25, 2.5], [30, 30, 4], name="lesion")


def test_segmenting_loads_the_model_works_beside_and_puts_the_segment(
    workplace: AWorkplace, a_logic: MedSAMSlicerLogic
) -> None:
    ball, roi = add_ball(a_logic.scene), an_roi(a_logic.scene)
    workplace.work.carry_out("Segmenting", a_logic.plan(ball, roi), workplace.done.append)
    assert workplace.work.is_busy and workplace.work.progress.title.startswith("Loading the model")
    workplace.rest()
    (node,) = workplace.done
    assert node.GetSegmentation().GetNthSegment(0).GetName() == "lesion"
    assert (
        workplace.work.message.startswith("lesion: ")
        and " slices, least sure at S " in workplace.work.message
    )
    assert not workplace.work.is_warning
    assert workplace.work.last_result.segments[0].voxels > 100
    assert workplace.workshop.cache_stats.entries > 0


def test_a_missing_package_is_said_at_once_and_nothing_is_begun(
    workplace: AWorkplace, a_logic: MedSAMSlicerLogic
) -> None:
    workplace.needs.missing, workplace.needs.sentence = True, "PyTorch is needed (about 200 MB)."
    plan = a_logic.plan(add_ball(a_logic.scene), an_roi(a_logic.scene))
    workplace.work.carry_out("Segmenting", plan, workplace.done.append)
    assert (workplace.work.message, workplace.work.is_busy) == ("PyTorch is needed (about 200 MB).", False)
    assert workplace.work.is_warning


def test_a_checkpoint_that_is_not_there_is_said_in_one_line(workplace: AWorkplace) -> None:
    workplace.workshop.choose(ModelChoice("/nowhere/best.safetensors"))
    workplace.work.start_with_model("Segmenting", lambda *_: None, workplace.done.append)
    workplace.rest()
    assert "/nowhere/best.safetensors: there is no such file" in workplace.work.message
    assert workplace.work.is_warning and workplace.done == []


def test_cancel_says_that_nothing_was_written(workplace: AWorkplace) -> None:
    begun = threading.Event()

    def work(model: medsam.Model, progress: Progress, is_cancelled: IsCancelled) -> None:
        begun.set()
        while not is_cancelled():
            time.sleep(0.002)
        raise medsam.errors.Cancelled("segmentation")

    workplace.work.start_with_model("Segmenting", work, workplace.done.append)
    workplace.until(begun.is_set)
    workplace.work.cancel()
    workplace.rest()
    assert workplace.work.message == "Cancelled; nothing was written." and workplace.done == []


def test_cancel_while_the_model_loads_leaves_the_model_to_be_used_next_time(workplace: AWorkplace) -> None:
    workplace.work.start_with_model("Segmenting", lambda *_: None, workplace.done.append)
    workplace.work.cancel()
    assert not workplace.work.is_busy
    workplace.until(lambda: workplace.workshop.model is not None)
    assert workplace.done == []


def test_a_scene_that_closes_gets_nothing_of_the_last_one(
    workplace: AWorkplace, a_logic: MedSAMSlicerLogic
) -> None:
    plan = a_logic.plan(add_ball(a_logic.scene), an_roi(a_logic.scene))
    workplace.work.carry_out("Segmenting", plan, workplace.done.append)
    workplace.until(lambda: workplace.workshop.model is not None)
    workplace.work.drop()
    workplace.until(lambda: not workplace.pump.is_running)
    assert workplace.done == [] and workplace.work.message == ""


def test_an_error_while_putting_is_told_too(workplace: AWorkplace) -> None:
    def refuse(answer: object) -> None:
        raise PromptError("ROI 'R'", "is gone", "draw it again")

    workplace.work.start("Segmenting", lambda *_: 1, refuse)
    workplace.rest()
    assert workplace.work.message == "ROI 'R': is gone; draw it again" and workplace.work.is_warning


def test_a_volume_that_fails_does_not_stop_the_others(
    workplace: AWorkplace, a_logic: MedSAMSlicerLogic
) -> None:
    scene = a_logic.scene
    first, last, roi = add_ball(scene, "first"), add_ball(scene, "last"), an_roi(scene)
    beside = add_volume(scene, np.zeros((3, 4, 4), np.uint8), np.diag([1, 1, 1, 1.0]), "beside")
    beside.SetOrigin(500, 500, 500)
    batch = SceneBatch(workplace.work, lambda node: a_logic.plan(node, roi))
    batch.start([first, beside, last])
    workplace.rest()
    assert workplace.work.message.startswith("2 of 3 volumes are segmented. ")
    assert "lesion" in workplace.work.message and workplace.work.is_warning
    names = [node.GetName() for node in scene.GetNodesByClass("vtkMRMLSegmentationNode")]
    assert names == ["first segmentation", "last segmentation"]


def test_guarded_tells_what_went_wrong_and_goes_on(workplace: AWorkplace) -> None:
    def refuse() -> None:
        raise CheckpointError("a.pth", "is no checkpoint", "choose another")

    assert not workplace.work.guarded("dropping", refuse)
    assert workplace.work.message == "a.pth: is no checkpoint; choose another"
    assert workplace.work.guarded("dropping", lambda: None)
