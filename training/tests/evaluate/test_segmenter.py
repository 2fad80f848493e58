"""The ellipse is one, and a checkpoint answers as the engine does."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.errors import OptionError
from medsam_core.inference.load import load_model
from medsam_core.inference.predictor import Predictor
from medsam_training.evaluate.prompt import box_prompt, no_prompt, point_prompt
from medsam_training.evaluate.segmenter import CheckpointSegmenter, EllipseSegmenter, ellipse_in


def test_the_ellipse_fills_pi_quarters_of_its_box():
    mask = ellipse_in(np.array([10.0, 20.0, 109.0, 79.0]), (100, 120))
    assert mask.sum() == pytest.approx(np.pi / 4 * 100 * 60, rel=0.01)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert (columns[0], rows[0], columns[-1], rows[-1]) == (10, 20, 109, 79)


def test_a_box_of_one_pixel_holds_an_ellipse_of_one_pixel():
    assert np.argwhere(ellipse_in(np.array([3.0, 4.0, 3.0, 4.0]), (9, 9))).tolist() == [[4, 3]]


def test_the_ellipse_knows_nothing_of_the_image(a_disc):
    prompt = box_prompt(a_disc, 0.1, 0)
    one, other = (
        EllipseSegmenter().segment(i, [prompt])[0] for i in (a_disc.image_yx, 255 - a_disc.image_yx)
    )
    np.testing.assert_array_equal(one.mask_yx, other.mask_yx)


def test_a_checkpoint_answers_as_the_predictor_does(a_disc):
    model = load_model("demo")
    prompts = [box_prompt(a_disc, 0.05, 0), point_prompt(a_disc, 3, 0)]
    answers = CheckpointSegmenter(model).segment(a_disc.image_yx, prompts)
    predictor = Predictor(model)
    embedding = predictor.embed(a_disc.image_yx)
    box = predictor.predict(embedding, prompts[0].box_xyxy)
    points = predictor.predict(embedding, None, prompts[1].points_xy)
    for answer, expected in zip(answers, (box, points), strict=True):
        np.testing.assert_array_equal(answer.mask_yx, expected.masks[0])
        assert answer.score == pytest.approx(float(expected.confidence[0]), abs=1e-5)


def test_an_image_is_encoded_once_for_all_that_is_asked_of_it(a_disc):
    model = load_model("demo")
    segmenter = CheckpointSegmenter(model)
    counted = []
    encode = model.backend.encode
    model.backend.encode = lambda images: counted.append(1) or encode(images)
    for seed in range(3):
        segmenter.segment(a_disc.image_yx, [box_prompt(a_disc, 0.05, seed)])
    segmenter.segment(a_disc.image_yx.copy(), [box_prompt(a_disc, 0.05, 0)])
    assert len(counted) == 2


def test_a_network_of_classes_is_asked_by_name(a_disc, tiny_classes):
    segmenter = CheckpointSegmenter(load_model(tiny_classes))
    assert not segmenter.takes_boxes and not segmenter.takes_points
    assert segmenter.class_number("rod", 77) == 2
    with pytest.raises(
        OptionError, match="has no class 'disc'; leave it out with --labels, it knows ball, rod"
    ):
        segmenter.segment(a_disc.image_yx, [no_prompt(a_disc)])
