"""The JSON of one segment's prompts (files of them: test_prompts_file, test_prompt_journal)."""

from __future__ import annotations

import base64
import json
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts_entry import MOST_MASK_BYTES, MOST_PROMPTS, SegmentEntry, check_amount, segment_json

GRID = medsam.Geometry((60, 50, 40), np.diag([0.7, 0.9, 2.5, 1.0]))


def entry(**changes: object) -> SegmentEntry:
    return SegmentEntry.model_validate_json(json.dumps({"name": "a", "label": 1, **changes}))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 39), st.integers(0, 2**30), st.floats(0, 1))
def test_any_mask_comes_back_pixel_for_pixel(k: int, seed: int, share: float) -> None:
    mask = MaskPrompt.of(k, np.random.default_rng(seed).random((50, 60)) < share)
    segment = medsam.SegmentPrompt("a", 1, masks=(mask,))
    assert entry(**segment_json(segment, "ijk", GRID)).prompt("here", "ijk", GRID) == segment


def test_a_bomb_of_pixels_unpacks_to_no_more_than_the_slice() -> None:
    bits = base64.b64encode(zlib.compress(b"\xff" * 300_000_000, 9)).decode()
    bomb = entry(masks=[{"slice": 0, "corner": [0, 0], "size": [60, 50], "bits": bits}])
    tracemalloc.start()
    with pytest.raises(PromptError, match=r"here\.masks\[0\]\.bits: do not hold the 375 bytes"):
        bomb.prompt("here", "ijk", GRID)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_masks_are_counted_and_weighed_before_any_is_unpacked() -> None:
    side = 2**14
    huge = {"slice": 0, "corner": [0, 0], "size": [side, side], "bits": ""}
    most = MOST_MASK_BYTES * 8 // side**2
    check_amount([entry(masks=[huge] * most)], "file")
    with pytest.raises(PromptError, match=r"file: its masks would take .* at most 256 MB"):
        check_amount([entry(masks=[huge]), entry(masks=[huge] * most)], "file")
    with pytest.raises(PromptError, match=r"file: holds a mask of 16384 x 16385 pixels"):
        check_amount([entry(masks=[{**huge, "size": [side, side + 1]}])], "file")
    point = {"position": [1, 1, 1]}
    with pytest.raises(PromptError, match=f"holds {MOST_PROMPTS + 1} boxes, points and masks"):
        check_amount([entry(points=[point] * MOST_PROMPTS), entry(points=[point])], "file")
