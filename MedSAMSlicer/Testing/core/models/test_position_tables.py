"""Position tables at another image size."""

from __future__ import annotations

import pytest
import torch

from medsam_core.models.position_tables import (
    resize_absolute_table,
    resize_position_tables,
    resize_relative_table,
)
from medsam_core.models.registry import architecture_of, build_network
from medsam_core.models.segment_anything_modules import get_rel_pos
from testkit.published_sam import fill_with_random_weights
from testkit.tiny_models import a_tiny_architecture


@pytest.mark.parametrize(("old", "new"), [(64, 32), (5, 9), (14, 14)])
def test_a_relative_table_is_stretched_as_segment_anything_stretches_it_in_its_forward(
    old: int, new: int
) -> None:
    table = torch.randn(2 * old - 1, 8)
    stretched = resize_relative_table(table, new)
    assert torch.equal(get_rel_pos(new, new, stretched), get_rel_pos(new, new, table))


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_a_linear_absolute_table_stays_linear_away_from_the_border(mode: str) -> None:
    ramp = torch.arange(8.0).reshape(1, 8, 1, 1).expand(1, 8, 8, 2)
    small = resize_absolute_table(ramp, 4, mode)
    expected = torch.tensor([0.5, 2.5, 4.5, 6.5]).reshape(4, 1, 1)  # centres of pairs of cells
    assert torch.allclose(small[0, 1:3], expected[1:3], atol=1e-5)


def test_resized_weights_load_strictly_into_the_network_of_that_size_and_run() -> None:
    old = fill_with_random_weights(build_network(a_tiny_architecture(image_size=128)))
    weights = resize_position_tables(old.state_dict(), 64)
    new = build_network(architecture_of(weights))
    new.load_state_dict(weights, strict=True)
    assert new.encode(torch.rand(1, 3, 64, 64))[0].shape == (1, 32, 4, 4)


def test_only_the_tables_that_depend_on_the_size_change() -> None:
    state = build_network(a_tiny_architecture(image_size=128)).state_dict()
    resized = resize_position_tables(state, 64)
    changed = {name for name in state if resized[name].shape != state[name].shape}
    block = "image_encoder.blocks.1.attn.rel_pos_"
    assert changed == {"image_encoder.pos_embed", f"{block}h", f"{block}w"}


def test_the_same_size_changes_nothing() -> None:
    state = build_network(a_tiny_architecture()).state_dict()
    resized = resize_position_tables(state, 64)
    assert all(torch.equal(resized[name], value) for name, value in state.items())


def test_a_size_between_patches_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        resize_position_tables(build_network(a_tiny_architecture()).state_dict(), 100)
