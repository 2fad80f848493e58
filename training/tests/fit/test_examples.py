"""What the network is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.errors import OptionError
from medsam_core.inference.preprocess import prepare_image
from medsam_core.inference.presets import PRESETS
from medsam_training.fit.augmentation import augmented
from medsam_training.fit.config import Data, FitConfig, Prompting
from medsam_training.fit.config_file import read_config
from medsam_training.fit.examples import ExampleMaker, TrainingExamples, ValidationExamples
from medsam_training.fit.objects_on_slice import objects_on
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.prepared_set import PreparedSet
from medsam_training.prepared_set.errors import PreparedSetError

Run = Callable[..., FitConfig]
MIXED = Prompting(box=1.0, points=1.0, both=1.0)


def _examples(folder: Path, seed: int = 0, **data: object) -> TrainingExamples:
    chosen = Data(**data)
    pool = SlicePool.of(PreparedSet.open(folder), "train", chosen, chosen.shots, seed)
    return TrainingExamples(pool, ExampleMaker(PRESETS["demo"], 64, chosen, MIXED), seed, per_step=4)


def test_an_example_depends_on_its_number_and_the_seed_only(shapes_set: Path) -> None:
    one, other = _examples(shapes_set), _examples(shapes_set)
    later = other[7]  # asked for before the others
    for number in (0, 3, 7, 100):
        again = later if number == 7 else other[number]
        assert all(torch.equal(tensor, again[name]) for name, tensor in one[number].items())
    assert not torch.equal(one[0]["image"], _examples(shapes_set, seed=1)[0]["image"])


def test_a_pass_shows_every_slice_once_in_an_order_of_its_own(shapes_set: Path) -> None:
    examples = _examples(shapes_set, augment=False)
    passes = [
        [examples[number]["image"].numpy().tobytes() for number in range(18 * n, 18 * n + 18)] for n in (0, 1)
    ]
    assert len(set(passes[0])) == 18
    assert set(passes[0]) == set(passes[1])
    assert passes[0] != passes[1]


def test_images_are_prepared_as_the_engine_prepares_them(shapes_set: Path) -> None:
    data = Data(augment=False)
    pool = SlicePool.of(PreparedSet.open(shapes_set), "val", data, None, 0)
    examples = ValidationExamples(pool, ExampleMaker(PRESETS["demo"], 64, data, MIXED), 0)
    assert np.array_equal(examples[2]["image"], prepare_image(pool.image_yx(2), PRESETS["demo"]))


def test_several_prompts_of_an_image_are_about_several_objects(shapes_set: Path) -> None:
    example = _examples(shapes_set, prompts_per_image=2, augment=False)[0]
    assert example["truth"].shape == (2, 64, 64)
    assert not (example["truth"][0] & example["truth"][1]).any()
    assert len(example["points_xy"]) == len(example["labels"]) == 2


def test_exemplars_are_spread_over_the_cases(shapes_set: Path) -> None:
    source = PreparedSet.open(shapes_set)
    pool = SlicePool.of(source, "train", Data(), 6, 0)
    assert len({ref.case_id for ref in pool.refs}) == 6
    assert len(SlicePool.of(source, "train", Data(), 1000, 0)) == 18


def test_labels_and_modalities_are_chosen_by_name(shapes_set: Path) -> None:
    source = PreparedSet.open(shapes_set)
    pool = SlicePool.of(source, "train", Data(labels=["bar"]), None, 0)
    assert set(np.unique(pool.labels_yx(0))) == {0, 2}
    classes = SlicePool.of(source, "train", Data(labels=["bar"]), None, 0, ("background", "bar"))
    assert set(np.unique(classes.labels_yx(0))) == {0, 1}
    with pytest.raises(PreparedSetError, match="did you mean bar"):
        SlicePool.of(source, "train", Data(labels=["baar"]), None, 0)
    with pytest.raises(OptionError, match="no case is CT"):
        SlicePool.of(source, "train", Data(modalities=["CT"]), None, 0)
    with pytest.raises(OptionError, match="no slice of the split 'val' is left"):
        SlicePool.of(source, "val", Data(modalities=["US"]), None, 0)


def test_parts_are_objects_and_specks_are_left_out() -> None:
    labels = np.zeros((20, 20), np.uint8)
    labels[2:6, 2:6], labels[10:16, 10:16], labels[18, 18], labels[0, 19] = 1, 1, 1, 3
    assert [m.sum() for m in objects_on(labels, {1}, True, 2)] == [16, 36]
    assert [m.sum() for m in objects_on(labels, {1, 3}, False, 2)] == [53]
    assert [m.sum() for m in objects_on(labels, {3}, True, 5)] == [1]  # rather than nothing


@given(st.integers(0, 1 << 30), st.booleans())
@settings(deadline=None, max_examples=60)
def test_augmentation_changes_image_and_labels_alike(seed: int, colour: bool) -> None:
    y, x = np.mgrid[:30, :44]
    labels = ((y - 11) ** 2 + (x - 15) ** 2 < 60).astype(np.uint8)
    image = np.where(labels, 230, 20).astype(np.uint8)
    image = np.stack([image] * 3, -1) if colour else image
    before = image.copy()
    changed, changed_labels = augmented(np.random.default_rng(seed), image, labels)
    assert changed.shape[:2] == changed_labels.shape
    assert changed.dtype == np.uint8
    grey = changed.mean(-1) if colour else changed
    assert np.array_equal(grey > 128, changed_labels > 0)
    assert np.array_equal(image, before)


@pytest.mark.fresh
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_step_in_any_precision_has_a_finite_loss(a_run: Run, precision: str) -> None:
    from medsam_training.fit.run import fit

    folder = fit(
        a_run(
            "vit_t",
            f"loop.precision={precision}",
            "loop.accumulate=2",
            "data.workers=1",
            "prompts.corrections=2",
            "prompts.correction_share=1.0",
            "loss.score_weight=0.2",
            "loss.at=input",
        )
    )
    losses = [float(row.split(",")[3]) for row in folder.history.read_text(encoding="utf-8").splitlines()[2:]]
    assert np.isfinite(losses).all()


def test_a_run_that_diverges_ends_with_advice(a_run: Run) -> None:
    from medsam_core.errors import DeviceError
    from medsam_training.fit.run import fit

    wild = a_run(
        "vit_b", "optimiser.rate=1e30", "optimiser.warmup_steps=0", "optimiser.clip=null", "loop.epochs=4"
    )
    with pytest.raises(DeviceError, match=r"the loss of epoch \d is nan; lower optimiser\.rate"):
        fit(wild)
    assert read_config(Path(wild.out) / "config.yaml") == wild
