"""Sizes of TinyViTs."""

from __future__ import annotations

import pytest
import torch

from medsam_core.errors import CheckpointError
from medsam_core.models.tiny_vit import TinyViT
from medsam_core.models.tiny_vit_spec import TinyViTSpec

SMALL = {"embed_dims": (16, 16, 16, 16), "depths": (1, 1, 1, 1), "num_heads": (1, 1, 1, 1)}


@pytest.mark.parametrize(("stride", "size"), [(1, 32), (1, 36), (4, 64), (4, 112)])
def test_the_grid_is_the_side_of_the_embedding_that_comes_out(stride: int, size: int) -> None:
    spec = TinyViTSpec(**SMALL, patch_stride=stride)
    embedding = TinyViT(spec, size, 16).eval()(torch.rand(1, 3, size, size))
    assert embedding.shape == (1, 16, spec.grid(size), spec.grid(size))


def test_heads_that_do_not_divide_a_width_are_refused() -> None:
    with pytest.raises(CheckpointError, match="num_heads"):
        TinyViTSpec(num_heads=(2, 3, 5, 10))
