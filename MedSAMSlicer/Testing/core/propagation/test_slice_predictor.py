"""Any slice can be prompted; each is encoded once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medsam_core.geometry import Geometry
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.inference.predictor import Predictor
from medsam_core.intensity import choose_window
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.propagation.slice_predictor import SlicePredictor
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume
from testkit.memory import memory_below
from testkit.tiny_models import a_tiny_model

BOX = SlicePrompt((4.0, 5.0, 20.0, 25.0))
CLICK = SlicePrompt(None, (((12.0, 14.0), True),))
BOTH = SlicePrompt((4.0, 5.0, 20.0, 25.0), (((12.0, 14.0), True), ((3.0, 3.0), False)))


@pytest.fixture
def a_volume() -> Volume:
    rng = np.random.default_rng(0)
    return Volume(rng.integers(0, 900, (4, 30, 36)).astype(np.int16), Geometry((36, 30, 4), np.eye(4)))


def slices_of(volume: Volume, cache: EmbeddingCache, intensity: str = "mr") -> SlicePredictor:
    stack = SliceStack(volume, choose_window(volume, intensity))
    return SlicePredictor(stack, Predictor(a_tiny_model("sam")), cache)


def test_a_slice_is_encoded_once_however_often_it_is_prompted(a_volume: Volume) -> None:
    slices = slices_of(a_volume, EmbeddingCache())
    for prompts in ([BOX], [CLICK], [BOX, BOTH]):
        slices.masks(2, prompts)
    assert slices.timings.encoded_slices == 1


def test_another_window_is_another_embedding(a_volume: Volume) -> None:
    cache = EmbeddingCache()
    slices_of(a_volume, cache).masks(2, [BOX])
    other = slices_of(a_volume, cache, "100,300")
    other.masks(2, [BOX])
    assert other.timings.encoded_slices == 1


def test_another_volume_with_the_same_slices_finds_its_embeddings(a_volume: Volume) -> None:
    cache = EmbeddingCache()
    slices_of(a_volume, cache).masks(2, [BOX])
    same = slices_of(Volume(a_volume.array_kji.copy(), a_volume.geometry), cache)
    same.masks(2, [BOX])
    assert same.timings.encoded_slices == 0


def test_prompts_of_all_kinds_together_give_what_each_gives_alone(a_volume: Volume) -> None:
    slices = slices_of(a_volume, EmbeddingCache())
    together = slices.masks(1, [BOX, CLICK, BOTH])
    for prompt, mask in zip([BOX, CLICK, BOTH], together, strict=True):
        (alone,) = slices.masks(1, [prompt])
        np.testing.assert_allclose(mask.probability_yx, alone.probability_yx, atol=1e-5)
        assert mask.box_xyxy == prompt.box_xyxy


def test_the_union_is_as_sure_as_its_least_sure_part(a_volume: Volume) -> None:
    slices = slices_of(a_volume, EmbeddingCache())
    parts = slices.masks(1, [BOX, CLICK])
    union = slices.union(1, [BOX, CLICK])
    assert union.confidence == min(p.confidence for p in parts)
    np.testing.assert_array_equal(union.mask_yx, parts[0].mask_yx | parts[1].mask_yx)


def test_a_drawn_mask_comes_back_as_it_is_and_nothing_is_encoded_for_it(a_volume: Volume) -> None:
    slices = slices_of(a_volume, EmbeddingCache())
    drawn = np.zeros(slices.shape_yx, bool)
    drawn[2:5, 3:9] = True
    (mask,) = slices.masks(2, [SlicePrompt(mask=MaskPrompt.of(2, drawn))])
    assert mask.drawn and mask.confidence == 1.0
    np.testing.assert_array_equal(mask.mask_yx, drawn)
    assert slices.timings.encoded_slices == 0


def test_drawn_masks_and_prompts_keep_their_order(a_volume: Volume) -> None:
    slices = slices_of(a_volume, EmbeddingCache())
    drawn = SlicePrompt(mask=MaskPrompt.of(2, np.ones(slices.shape_yx, bool)))
    masks = slices.masks(2, [BOX, drawn, CLICK])
    assert [m.drawn for m in masks] == [False, True, False]
    assert masks[0].box_xyxy == BOX.box_xyxy


def test_the_same_plane_in_another_grid_finds_its_embedding(a_volume: Volume) -> None:
    cache = EmbeddingCache()
    slices = slices_of(a_volume, cache)
    grid = SliceGrid.along(a_volume.geometry, "j")
    moved = SliceGrid(grid.size_xyn, grid.part((0, 0, 1), grid.size_xyn).xyn_to_ijk)
    side, shifted = (
        SlicePredictor(SliceStack(a_volume, slices.stack.window, g), slices._predictor, cache)
        for g in (grid, moved)
    )
    side.embedding(3)
    shifted.embedding(2)
    assert (side.timings.encoded_slices, shifted.timings.encoded_slices) == (1, 0)


def test_a_mask_of_a_neighbouring_slice_may_be_handed_in(a_volume: Volume) -> None:
    slices = slices_of(a_volume, EmbeddingCache())
    (first,) = slices.masks(1, [BOX])
    (plain,) = slices.masks(2, [BOX])
    (helped,) = slices.masks(2, [replace(BOX, logits=first.logits)])
    assert first.logits is not None and first.logits.ndim == 3
    assert not np.array_equal(plain.probability_yx, helped.probability_yx)


def many_boxes(count: int) -> list[SlicePrompt]:
    corners = np.random.default_rng(1).uniform(0, 14, (count, 2)).tolist()
    return [SlicePrompt((x, y, x + 12, y + 10)) for x, y in corners]


def test_hundreds_of_boxes_on_a_slice_are_united_as_one_by_one(a_volume: Volume) -> None:
    slices, prompts = slices_of(a_volume, EmbeddingCache()), many_boxes(150)
    whole = slices.union(1, prompts)
    parts = [slices.masks(1, [prompt])[0] for prompt in prompts]
    np.testing.assert_allclose(
        whole.probability_yx, np.max([p.probability_yx for p in parts], axis=0), atol=1e-5
    )
    assert whole.confidence == pytest.approx(min(part.confidence for part in parts), abs=1e-5)
    boxes = np.array([prompt.box_xyxy for prompt in prompts])
    assert whole.box_xyxy == (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))


def test_hundreds_of_boxes_on_a_large_slice_fill_no_memory_and_can_be_cancelled() -> None:
    picture = Volume(np.zeros((1, 400, 400), np.uint8), Geometry((400, 400, 1), np.eye(4)))
    stack, asked = SliceStack(picture, choose_window(picture, "none")), []
    slices = SlicePredictor(
        stack, Predictor(a_tiny_model("sam")), EmbeddingCache(), lambda: asked.append(None)
    )
    with memory_below(200):  # 300 answers take 240 MB, and once more while they are united
        slices.union(0, many_boxes(300))
    assert len(asked) == 1 + 4, "before the encoder, and before each part but the first"
