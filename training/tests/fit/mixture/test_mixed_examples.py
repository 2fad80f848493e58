"""Examples are reproducible, whole and as the mixture says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from medsam_core.inference.presets import find_preset
from medsam_core.models.network import BOX_FIRST_CORNER, POSITIVE
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_config
from medsam_training.fit.mixture.mixed_examples import MixedExamples
from medsam_training.fit.mixture.slice_catalogue import SliceCatalogue
from medsam_training.fit.run import open_data, pools_of

SETS = "data.mixture={sets: {balls: 1, discs: 1}, %s}"


def a_config(folder: Path, mixture: str = "painted: 0.3", *changes: str) -> FitConfig:
    changes = (SETS % mixture, "data.prompts_per_image=3", *changes)
    return read_config(changes=changes, data_set=str(folder), out="unused")


def some_examples(config: FitConfig, per_step: int = 4) -> MixedExamples:
    training, _ = pools_of(open_data(config), config)
    catalogue = SliceCatalogue.of(training, config.data.mixture.sets)
    return MixedExamples(catalogue, config, find_preset("demo"), per_step)


def test_an_example_is_the_same_whenever_it_is_asked_for(mixed_folder: Path) -> None:
    made, again = some_examples(a_config(mixed_folder)), some_examples(a_config(mixed_folder))
    made[3]
    assert all(torch.equal(made[7][name], again[7][name]) for name in again[7])
    other = some_examples(a_config(mixed_folder, "painted: 0.3", "loop.seed=1"))
    assert not torch.equal(made[7]["image"], other[7]["image"])


@pytest.mark.parametrize("kind", ["box", "points", "both"])
def test_every_example_has_an_image_and_a_mask_for_each_prompt(mixed_folder: Path, kind: str) -> None:
    changes = [f"prompts.{name}={int(name == kind)}" for name in ("box", "points", "both")]
    made = some_examples(a_config(mixed_folder, "painted: 0.3, even: 0.2, carried: 0", *changes))
    for number in range(12):
        example = made[number]
        assert example["image"].shape == (3, 256, 256)
        assert example["image"].min() >= 0 and example["image"].max() <= 1
        assert example["truth"].shape == (3, 256, 256)
        assert (example["labels"] == POSITIVE).any() == (kind != "box")
        assert (example["labels"] == BOX_FIRST_CORNER).any() == (kind != "points")


def test_examples_of_a_step_can_be_stacked(mixed_folder: Path) -> None:
    changes = ["prompts.points=1", "prompts.both=1", "prompts.points_max=3", "prompts.negative_share=0.5"]
    made = some_examples(a_config(mixed_folder, "painted: 0.3", *changes), per_step=4)
    for step in range(6):
        shapes = {made[4 * step + n]["points_xy"].shape for n in range(4)}
        assert len(shapes) == 1


def test_the_object_is_in_its_box(mixed_folder: Path) -> None:
    changes = ["prompts.inward=0", "prompts.outward=0"]
    made = some_examples(a_config(mixed_folder, "painted: 0.5, carried: 0, nothing: 0", *changes))
    for number in range(10):
        example = made[number]
        for truth, corners in zip(example["truth"].numpy(), example["points_xy"].numpy(), strict=True):
            rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
            box = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
            assert corners.ravel() == pytest.approx(box)


def test_carried_boxes_beyond_an_end_have_empty_answers(mixed_folder: Path) -> None:
    config = a_config(mixed_folder, "painted: 0, even: 0, carried: 1, beyond: 1")
    only_balls = config.data.mixture.model_copy(update={"sets": {"balls": 1.0}})
    config = config.model_copy(
        update={"data": config.data.model_copy(update={"mixture": only_balls, "prompts_per_image": 1})}
    )
    made = some_examples(config)
    empty = [not made[number]["truth"].any() for number in range(20)]
    assert np.mean(empty) > 0.5  # across the volume, its ends may be those of the array


def test_nothing_may_be_in_a_box_of_a_painted_example(mixed_folder: Path) -> None:
    made = some_examples(a_config(mixed_folder, "painted: 1, even: 0, nothing: 1"))
    empty = [int((made[n]["truth"].flatten(1).sum(1) == 0).sum()) for n in range(12)]
    assert max(empty) == 1 and np.mean(empty) > 0.5
