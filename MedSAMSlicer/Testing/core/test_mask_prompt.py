"""A drawn mask comes back exactly, and never from bits that do not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.mask_prompt import MaskPrompt

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20))


@given(masks)
def test_a_packed_mask_comes_back_bit_for_bit(mask_yx: np.ndarray) -> None:
    assert np.array_equal(MaskPrompt.of(3, mask_yx).mask_yx(mask_yx.shape), mask_yx)


@given(masks)
def test_equal_masks_are_equal_prompts(mask_yx: np.ndarray) -> None:
    assert MaskPrompt.of(3, mask_yx) == MaskPrompt.of(3, mask_yx.copy())
    assert hash(MaskPrompt.of(3, mask_yx)) == hash(MaskPrompt.of(3, mask_yx.copy()))
    assert MaskPrompt.of(3, mask_yx) != MaskPrompt.of(4, mask_yx)


@given(masks)
def test_an_empty_mask_says_so(mask_yx: np.ndarray) -> None:
    assert MaskPrompt.of(0, mask_yx).is_empty is not bool(mask_yx.any())


def test_a_mask_that_reaches_outside_is_refused() -> None:
    mask_yx = np.zeros((6, 8), bool)
    mask_yx[5, 7] = True
    prompt = MaskPrompt.of(2, mask_yx)
    prompt.check_inside(Geometry((8, 6, 3), np.eye(4)))
    for size in ((7, 6, 3), (8, 5, 3), (8, 6, 2)):
        with pytest.raises(PromptError, match="outside"):
            prompt.check_inside(Geometry(size, np.eye(4)))
    with pytest.raises(PromptError, match="beyond the slice"):
        prompt.mask_yx((5, 8))


@given(st.integers(0, 40), st.integers(0, 40), st.binary(max_size=200))
def test_bits_that_do_not_fill_the_size_are_refused(width: int, height: int, bits: bytes) -> None:
    if len(bits) == (width * height + 7) // 8:
        assert MaskPrompt(0, (0, 0), (width, height), bits).mask_yx((height or 1, width or 1)).size
    else:
        with pytest.raises(PromptError, match="bytes"):
            MaskPrompt(0, (0, 0), (width, height), bits)


@pytest.mark.parametrize("values", [(-1, (0, 0), (1, 1)), (0, (-1, 0), (1, 1)), (0, (0, 0), (-1, -1))])
def test_negative_places_and_sizes_are_refused(values: tuple) -> None:
    with pytest.raises(PromptError, match="negative"):
        MaskPrompt(*values, b"\x00")


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_single_pixels_and_lists_of_them_are_those_of_the_mask(width: int, height: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) > 0.5
    prompt = MaskPrompt(0, (3, 2), (width, height), np.packbits(mask).tobytes())
    y, x = np.indices(mask.shape)
    np.testing.assert_array_equal(prompt.values(x, y), mask)
    listed = [(int(b), int(a)) for xs, ys in prompt.pixels() for a, b in zip(xs, ys, strict=True)]
    assert listed == [tuple(place) for place in np.argwhere(mask).tolist()]
