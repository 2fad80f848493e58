"""Attention with decomposed relative positions, every way."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from medsam_core.models import attention as fused
from medsam_core.models.attention import FusedAttention, attend, relative_terms
from medsam_core.models.segment_anything_modules import EncoderAttention, window_partition, window_unpartition
from testkit.published_sam import fill_with_random_weights, relative_error

WAYS = [
    fused.attend_by_mask,
    fused.attend_folded,
    fused.attend_folded_plainly,
    fused.attend_plainly,
    fused.attend_by_rows,
    attend,
]


def terms_by_hand(q: Tensor, table_h: Tensor, table_w: Tensor, grid: int) -> Tensor:
    """What is added to the score of every (query, key), one number at a time as the paper writes it."""
    added = torch.zeros(*q.shape[:3], grid * grid)
    for query in range(grid * grid):
        for key in range(grid * grid):
            rows, columns = query // grid - key // grid, query % grid - key % grid
            offset = table_h[rows + grid - 1] + table_w[columns + grid - 1]
            added[:, :, query, key] = q[:, :, query] @ offset
    return added


def attention_by_hand(q: Tensor, k: Tensor, v: Tensor, added: Tensor) -> Tensor:
    scores = torch.einsum("bhqd,bhkd->bhqk", q, k) / q.shape[-1] ** 0.5 + added
    weights = scores.double().exp() / scores.double().exp().sum(-1, keepdim=True)
    return torch.einsum("bhqk,bhkd->bhqd", weights, v.double()).float()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("grid", "width"), [(3, 8), (4, 20), (5, 64)])
def test_every_way_gives_attention_written_out_by_hand(way: Callable, grid: int, width: int) -> None:
    torch.manual_seed(grid)
    q, k, v = torch.randn(3, 2, 3, grid * grid, width)
    tables = torch.randn(2, 2 * grid - 1, width) * 0.3
    want = attention_by_hand(q, k, v, terms_by_hand(q, *tables, grid))
    with torch.no_grad():
        got = way(q, k, v, *relative_terms(q, *tables, grid))
    assert relative_error(got, want) < 1e-6


@pytest.mark.parametrize("way", WAYS)
def test_every_way_agrees_where_a_step_is_part_of_a_head(
    way: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "_SCORES_PER_STEP", 7 * 26**3)  # 7 of 26 rows, so the last step is shorter
    q, k, v = torch.randn(3, 1, 2, 26 * 26, 16)
    terms = relative_terms(q, *torch.randn(2, 51, 16), 26)
    with torch.no_grad():
        assert relative_error(way(q, k, v, *terms), fused.attend_plainly(q, k, v, *terms)) < 1e-6


@pytest.mark.parametrize("grid", [6, 26])
def test_bfloat16_stays_within_its_own_rounding(grid: int) -> None:
    q, k, v = torch.randn(3, 1, 2, grid * grid, 16)
    tables = torch.randn(2, 2 * grid - 1, 16) * 0.3
    want = fused.attend_plainly(q, k, v, *relative_terms(q, *tables, grid))
    q, k, v = (x.bfloat16() for x in (q, k, v))
    with torch.no_grad():
        assert relative_error(attend(q, k, v, *relative_terms(q, *tables, grid)), want) < 0.02


@pytest.mark.parametrize("grid", [6, 26])
def test_gradients_are_those_of_attention_written_out(grid: int) -> None:
    inputs = [torch.randn(1, 2, grid * grid, 16, requires_grad=True) for _ in range(3)]
    tables = [torch.randn(2 * grid - 1, 16, requires_grad=True) for _ in range(2)]

    def gradients(way: Callable) -> tuple[Tensor, ...]:
        out = way(*inputs, *relative_terms(inputs[0], *tables, grid))
        return torch.autograd.grad(out.square().sum(), [*inputs, *tables])

    for got, want in zip(gradients(attend), gradients(fused.attend_plainly), strict=True):
        assert relative_error(got, want) < 1e-5


class LargestTensor(TorchDispatchMode):
    """Remembers how many numbers the largest tensor had that any operation made."""

    numbers = 0

    def __torch_dispatch__(
        self, func: Callable, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        out = func(*args, **(kwargs or {}))
        made = [tensor for tensor in tree_leaves(out) if isinstance(tensor, Tensor)]
        self.numbers = max([self.numbers, *(tensor.numel() for tensor in made)])
        return out


def test_the_table_of_scores_of_a_large_image_never_exists() -> None:
    q, k, v = torch.randn(3, 1, 3, 64 * 64, 16)
    terms = relative_terms(q, *torch.randn(2, 127, 16), 64)
    with torch.no_grad(), LargestTensor() as largest:
        attend(q, k, v, *terms)
    assert largest.numbers <= 2 * 2**20 < (3 * 4096 * 4096) / 20


def test_position_tables_can_be_trained_alone() -> None:
    layer = FusedAttention(a_published_attention(26), 0).requires_grad_(False)
    layer.rel_pos_w.requires_grad_(True)
    layer(torch.randn(1, 26, 26, 32)).square().sum().backward()
    assert layer.rel_pos_w.grad.any()


def a_published_attention(table_side: int) -> torch.nn.Module:
    layer = EncoderAttention(32, num_heads=2, use_rel_pos=True, input_size=(table_side, table_side))
    return fill_with_random_weights(layer)


@pytest.mark.parametrize(("grid", "table_side"), [(8, 8), (25, 25), (8, 16), (12, 7)])
def test_global_attention_is_segment_anythings(grid: int, table_side: int) -> None:
    published, x = a_published_attention(table_side), torch.randn(2, grid, grid, 32)
    with torch.no_grad():
        assert relative_error(FusedAttention(published, 0)(x), published(x)) < 1e-6


@pytest.mark.parametrize(("grid", "window"), [(8, 4), (8, 3), (3, 7), (30, 28)])
@pytest.mark.parametrize("padding", [False, True])
def test_windowed_attention_is_segment_anythings(grid: int, window: int, padding: bool) -> None:
    published, x = a_published_attention(window), torch.randn(2, grid, grid, 32)
    token = torch.randn(1, 32) if padding else None
    count = -(-grid // window) * window
    whole = torch.zeros(2, count, count, 32) if token is None else token.repeat(2, count, count, 1)
    whole[:, :grid, :grid] = x
    with torch.no_grad():
        windows, padded = window_partition(whole, window)
        want = window_unpartition(published(windows), window, padded, (count, count))[:, :grid, :grid]
        assert relative_error(FusedAttention(published, window)(x, token), want) < 1e-6


def test_a_trace_has_no_steps_in_it() -> None:
    published = a_published_attention(26)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes become constants, as a converter wants them
        traced = torch.jit.trace(FusedAttention(published, 0), torch.randn(1, 26, 26, 32))
        x = torch.randn(1, 26, 26, 32)
        assert relative_error(traced(x), published(x)) < 1e-6
    assert sum(node.kind() == "aten::softmax" for node in traced.inlined_graph.nodes()) == 1
