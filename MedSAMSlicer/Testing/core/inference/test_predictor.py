"""A predictor, on real networks of random weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsam_core.errors import OptionError, PromptError, VolumeError
from medsam_core.inference import predictor as module
from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.postprocess import crop_padding, masks_from_logits
from medsam_core.inference.prediction import Prediction
from medsam_core.inference.predictor import Predictor
from medsam_core.inference.preprocess import prepare_image
from medsam_core.inference.stability import stability_score
from testkit.tiny_models import a_tiny_model

HEIGHT, WIDTH = 45, 70
SINGLE = ["medsam", "litemedsam", "sam", "hf_sam", "sam_med2d"]
CLASSES = ["finetune_sam", "finetune_sam_minmax", "samed"]


def a_slice(seed: int = 0, *extra: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, *extra)).astype(np.uint8)


def assert_alike(ours: Prediction, place: int, alone: Prediction, tolerance: float = 1e-4) -> None:
    """Sums run in another order in a batch: numbers agree to rounding, masks where it does not decide."""
    np.testing.assert_allclose(ours.logits[place], alone.logits[0], atol=50 * tolerance)
    np.testing.assert_allclose(ours.probabilities[place], alone.probabilities[0], atol=tolerance)
    np.testing.assert_allclose(ours.scores[place], alone.scores[0], atol=tolerance)
    certain = np.abs(alone.probabilities[0] - 0.5) > tolerance
    assert np.array_equal(ours.masks[place][certain], alone.masks[0][certain])


@pytest.fixture(scope="module")
def medsam() -> Predictor:
    return Predictor(a_tiny_model("medsam"))


@pytest.mark.parametrize("preset", SINGLE)
def test_a_box_gives_a_mask_of_the_pictures_size(preset: str) -> None:
    predictor = Predictor(a_tiny_model(preset))
    p = predictor.predict(predictor.embed(a_slice()), boxes_xyxy=[[5, 5, 40, 30], [10, 3, 60, 40]])
    assert (p.masks.shape, p.masks.dtype) == ((2, HEIGHT, WIDTH), bool)
    assert (p.probabilities.shape, p.probabilities.dtype) == ((2, HEIGHT, WIDTH), np.float32)
    assert (p.scores.shape, p.scores.dtype) == ((2,), np.float32)
    assert p.logits.shape == (2, 1, 16, 16)
    assert p.class_labels is None
    assert 0 < p.masks.mean() < 1
    assert ((p.confidence >= 0) & (p.confidence <= 1)).all()


@pytest.mark.parametrize("preset", ["medsam", "sam"])
def test_the_steps_are_prepare_encode_decode_and_the_presets_output(preset: str) -> None:
    model = a_tiny_model(preset)
    image = a_slice()
    frame = ImageFrame.of(image.shape, model.preset)
    features = model.backend.encode(prepare_image(image, model.preset)[None])
    corners = frame.boxes_to_input(np.array([[5, 5, 40, 30]])).reshape(1, 2, 2).astype(np.float32)
    arrays = module.PromptArrays(corners, np.array([[2, 3]]))
    logits, _ = model.backend.decode(features, arrays)
    expected = masks_from_logits(logits, frame, model.preset.output)
    predictor = Predictor(model)
    p = predictor.predict(predictor.embed(image), boxes_xyxy=[5, 5, 40, 30])
    assert np.array_equal(p.masks, expected.masks)
    assert np.array_equal(p.probabilities, expected.probabilities)


columns, rows = st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)
boxes = st.tuples(columns, rows, columns, rows).map(
    lambda b: [min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3])]
)
clicks = st.lists(st.tuples(columns, rows, st.integers(0, 1)), max_size=3)
prompts = st.tuples(st.none() | boxes, clicks).filter(lambda p: p[0] is not None or p[1])


def arguments(some: list[tuple]) -> dict[str, Any]:
    return {
        "boxes_xyxy": [box for box, _ in some],
        "points_xy": [[[x, y] for x, y, _ in points] or None for _, points in some],
        "point_labels": [[label for *_, label in points] or None for _, points in some]
        if any(points for _, points in some)
        else None,
    }


@given(some=st.lists(prompts, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_each_prompt_of_a_batch_gets_what_it_gets_alone(medsam: Predictor, some: list[tuple]) -> None:
    embedding = medsam.embed(a_slice())
    together = medsam.predict(embedding, **arguments(some))
    for place, one in enumerate(some):
        assert_alike(together, place, medsam.predict(embedding, **arguments([one])))


def test_a_large_batch_is_cut_without_a_trace(medsam: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    embedding = medsam.embed(a_slice())
    boxes = [[n, n // 2, n + 20, n // 2 + 20] for n in range(40)]
    whole = medsam.predict(embedding, boxes_xyxy=boxes)
    monkeypatch.setattr(module, "PROMPTS_AT_ONCE", 7)
    cut = medsam.predict(embedding, boxes_xyxy=boxes)
    np.testing.assert_allclose(cut.probabilities, whole.probabilities, atol=1e-4)


def test_pictures_embedded_together_are_as_embedded_alone(
    medsam: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IMAGES_AT_ONCE", 2)
    pictures = [a_slice(0), a_slice(1)[:30], a_slice(2, 3), a_slice(3, 4), a_slice(4).astype(np.float32)]
    together = medsam.embed_many(pictures, list("abcde"))
    assert [embedding.key for embedding in together] == list("abcde")
    for embedding, picture in zip(together, pictures, strict=True):
        alone = medsam.embed(picture)
        assert embedding.frame == alone.frame
        np.testing.assert_allclose(embedding.features[0], alone.features[0], atol=1e-4)
        assert embedding.features[0].base is None  # a view would keep the whole batch in memory


def test_box_and_points_together_differ_from_either(medsam: Predictor) -> None:
    embedding = medsam.embed(a_slice())
    box = medsam.predict(embedding, boxes_xyxy=[5, 5, 40, 30])
    both = medsam.predict(embedding, boxes_xyxy=[5, 5, 40, 30], points_xy=[[20, 20]], point_labels=[1])
    minus = medsam.predict(embedding, boxes_xyxy=[5, 5, 40, 30], points_xy=[[20, 20]], point_labels=[0])
    assert not np.allclose(box.logits, both.logits)
    assert not np.allclose(both.logits, minus.logits)


def test_an_earlier_mask_may_be_given_back(medsam: Predictor) -> None:
    embedding = medsam.embed(a_slice())
    first = medsam.predict(embedding, boxes_xyxy=[[5, 5, 40, 30], [1, 1, 9, 9]])
    again = medsam.predict(embedding, boxes_xyxy=[[5, 5, 40, 30], [1, 1, 9, 9]], mask_logits=first.logits)
    assert not np.allclose(first.logits, again.logits)


def test_of_several_alternatives_the_most_confident_is_taken() -> None:
    model = a_tiny_model("sam", score_is_trained=True)
    predictor = Predictor(model)
    embedding = predictor.embed(a_slice())
    arrays = module.PromptArrays(np.array([[[20, 20], [0, 0]]], np.float32), np.array([[1, -1]]))
    logits, scores = model.backend.decode(embedding.features, arrays, True)
    frame = embedding.frame
    x, y = 20 * WIDTH / frame.resized_yx[1], 20 * HEIGHT / frame.resized_yx[0]
    p = predictor.predict(embedding, points_xy=[[x, y]], multimask=True)
    assert logits.shape[1] == 3
    np.testing.assert_allclose(p.logits[0, 0], logits[0, scores[0].argmax()], atol=1e-4)
    assert p.scores[0] == pytest.approx(scores[0].max(), abs=1e-5)


def test_confidence_is_the_score_where_it_was_trained_and_stability_where_not() -> None:
    for trained in (True, False):
        predictor = Predictor(a_tiny_model("sam", score_is_trained=trained))
        embedding = predictor.embed(a_slice())
        p = predictor.predict(embedding, boxes_xyxy=[[5, 5, 40, 30], [10, 3, 60, 40]])
        stable = stability_score(crop_padding(p.logits, embedding.frame))[:, 0]
        np.testing.assert_allclose(p.confidence, np.clip(p.scores, 0, 1) if trained else stable)


@pytest.mark.parametrize("preset", CLASSES)
def test_a_multi_class_network_labels_every_pixel_without_a_prompt(preset: str) -> None:
    predictor = Predictor(a_tiny_model(preset, class_tokens=True, mask_tokens=6))
    p = predictor.predict(predictor.embed(a_slice()))
    assert p.class_labels.shape == (1, HEIGHT, WIDTH)
    assert p.class_labels.max() < (6 if preset == "samed" else 5)
    assert np.array_equal(p.masks, p.class_labels > 0)
    assert p.logits.shape == (1, 1, 16, 16)


def test_classes_trained_under_a_preset_for_single_masks_keep_every_token() -> None:
    predictor = Predictor(a_tiny_model("medsam", class_tokens=True, mask_tokens=3))
    p = predictor.predict(predictor.embed(a_slice()), boxes_xyxy=[5, 5, 40, 30])
    assert set(np.unique(p.class_labels)) <= {0, 1, 2}


def test_a_preset_for_classes_is_refused_on_a_network_without() -> None:
    with pytest.raises(OptionError, match="multi-class"):
        Predictor(a_tiny_model("finetune_sam"))


def test_without_a_prompt_a_promptable_network_is_not_asked(medsam: Predictor) -> None:
    with pytest.raises(PromptError, match="give a box or a point"):
        medsam.predict(medsam.embed(a_slice()))


def test_an_embedding_of_another_model_or_preset_is_refused(medsam: Predictor) -> None:
    embedding = medsam.embed(a_slice())
    strangers = a_tiny_model("medsam", seed=1), a_tiny_model("sam"), a_tiny_model("medsam", image_size=96)
    for stranger in strangers:
        with pytest.raises(OptionError, match="another model"):
            Predictor(stranger).predict(embedding, boxes_xyxy=[0, 0, 9, 9])


def test_what_is_no_picture_is_refused(medsam: Predictor) -> None:
    with pytest.raises(VolumeError):
        medsam.embed(np.zeros((3, 4, 5, 6)))


def test_a_saved_embedding_gives_the_same_mask(medsam: Predictor, tmp_path: Any) -> None:
    embedding = medsam.embed(a_slice())
    embedding.save(tmp_path / "e")
    read = type(embedding).load(tmp_path / "e")
    box = [5, 5, 40, 30]
    assert np.array_equal(
        medsam.predict(read, boxes_xyxy=box).probabilities,
        medsam.predict(embedding, boxes_xyxy=box).probabilities,
    )


@pytest.mark.parametrize(("precision", "kind"), [("fp32", np.float32), ("bf16", np.float16)])
def test_embeddings_take_half_the_memory_where_the_encoder_is_no_more_precise(
    monkeypatch: pytest.MonkeyPatch, precision: str, kind: type
) -> None:
    model = a_tiny_model("medsam")
    predictor = Predictor(model)
    box = [5, 5, 40, 30]
    exact = predictor.predict(predictor.embed(a_slice()), boxes_xyxy=box)
    monkeypatch.setattr(model.backend, "precision", precision)
    embedding = predictor.embed(a_slice())
    assert embedding.features[0].dtype == kind
    found = predictor.predict(embedding, boxes_xyxy=box)
    assert (found.masks != exact.masks).mean() <= 0.001


def test_features_that_float16_cannot_hold_stay_float32() -> None:
    huge = np.full((1, 1, 2, 2), 1e5, np.float32)
    assert module._stored(huge, "fp16").dtype == np.float32
