"""Several images of one slice give one answer."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import OptionError
from medsam_core.inference.load import load_model
from medsam_training.evaluate.fusion import check_rule, fused_answers
from medsam_training.evaluate.prompt import box_prompt, no_prompt
from medsam_training.evaluate.segmenter import CheckpointSegmenter, EllipseSegmenter


def test_fusing_is_of_probabilities(a_disc):
    model = CheckpointSegmenter(load_model("demo"))
    images, prompts = (a_disc.image_yx, 255 - a_disc.image_yx), [box_prompt(a_disc, 0.1, 0)]
    each = [model.segment(image, prompts)[0].probability_yx for image in images]
    for rule, function in (("mean", np.mean), ("max", np.max)):
        (fused,) = fused_answers(model, images, prompts, rule)
        np.testing.assert_array_equal(fused.mask_yx, function(each, axis=0) > 0.5)
    with pytest.raises(OptionError, match="there is no rule 'median'; use mean or max"):
        check_rule("median")


def test_one_image_fused_is_itself(a_disc):
    model, prompts = CheckpointSegmenter(load_model("demo")), [box_prompt(a_disc, 0.1, 0)]
    (alone,) = model.segment(a_disc.image_yx, prompts)
    (fused,) = fused_answers(model, [a_disc.image_yx], prompts, "mean")
    np.testing.assert_array_equal(fused.mask_yx, alone.mask_yx)
    assert fused.score == pytest.approx(alone.score)


def test_what_has_no_probabilities_cannot_be_fused(a_disc, tiny_classes):
    with pytest.raises(OptionError, match="ellipse gives no probabilities"):
        fused_answers(EllipseSegmenter(), [a_disc.image_yx], [box_prompt(a_disc, 0, 0)], "mean")
    network = CheckpointSegmenter(load_model(tiny_classes))
    network.class_number = lambda *_: 1
    with pytest.raises(OptionError, match="no probabilities for single labels"):
        fused_answers(network, [a_disc.image_yx], [no_prompt(a_disc)], "max")
