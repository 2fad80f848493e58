"""Checkpoints at the sizes that their networks allow."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from medsam_core.errors import OptionError
from medsam_training.evaluate.models import ModelWish, contestants_of, located, named_apart
from medsam_training.evaluate.prompt import box_prompt

from .conftest import write_tiny


def test_a_vit_takes_other_sizes(tiny_vit, a_disc):
    contestants, notes = contestants_of(ModelWish(str(tiny_vit), device="cpu"), (64, 32, 128))
    assert [one.image_size for one in contestants] == [64, 32, 128] and not notes
    assert len({one.identity for one in contestants}) == 3
    for one in contestants:
        (answer,) = one.segmenter.segment(a_disc.image_yx, [box_prompt(a_disc, 0, 0)])
        assert (
            answer.probability_yx.shape == a_disc.truth_yx.shape and np.isfinite(answer.probability_yx).all()
        )


def test_its_own_size_answers_as_without_asking_for_one(tiny_vit, a_disc):
    wish = ModelWish(str(tiny_vit), device="cpu", backend="torch")
    (plain,), _ = contestants_of(wish)
    (sized,), _ = contestants_of(wish, (64,))
    prompts = [box_prompt(a_disc, 0, 0)]
    one, other = (c.segmenter.segment(a_disc.image_yx, prompts)[0].probability_yx for c in (plain, sized))
    np.testing.assert_array_equal(one, other)


def test_a_size_that_cannot_be_is_left_out_with_a_sentence(tiny_vit):
    contestants, notes = contestants_of(ModelWish(str(tiny_vit), device="cpu"), (64, 100))
    assert len(contestants) == 1
    assert notes == ["tiny at 100 pixels was left out: 100 is not a multiple of 16."]


def test_a_network_of_one_size_says_so():
    with pytest.raises(
        OptionError, match="demo at 512 pixels was left out: the demo network is made for 256"
    ):
        contestants_of(ModelWish("demo"), (512,))
    contestants, notes = contestants_of(ModelWish("demo"), (256, 224))
    assert len(contestants) == 1 and len(notes) == 1


def test_a_runs_folder_stands_for_its_best_weights(tiny_vit, tmp_path):
    shutil.copy(tiny_vit, tmp_path / "best.safetensors")
    assert located(str(tmp_path)) == str(tmp_path / "best.safetensors")
    assert located("demo") == "demo"


def test_two_models_of_one_name_are_told_apart(tiny_vit, tmp_path):
    first, _ = contestants_of(ModelWish(str(tiny_vit)))
    second, _ = contestants_of(ModelWish(str(write_tiny(tmp_path / "other.safetensors", 2))))
    (renamed,) = named_apart(first, second)
    assert (
        renamed.name == f"tiny ({tmp_path.name}/other.safetensors)" and renamed.identity != first[0].identity
    )


def test_a_preset_is_another_use_of_the_same_weights(tiny_vit):
    (one,), _ = contestants_of(ModelWish(str(tiny_vit)))
    (other,), _ = contestants_of(ModelWish(str(tiny_vit), preset="sam"))
    assert one.identity != other.identity and other.about["preset"] == "sam"
