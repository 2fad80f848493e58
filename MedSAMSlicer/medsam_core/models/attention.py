"""Attention with decomposed relative positions, without the full table of scores.

SAM's ViT adds rel_h[q, k's row] + rel_w[q, k's column] to the scores, both computed from the unscaled query.
Written out for one 1024 x 1024 image and ViT-B's global attention these are 12 x 4096 x 4096 numbers. Three
exact ways around it:

- `attend_by_mask`: PyTorch's fused attention with the sum as its mask. Fits windows, whose mask is small.
- `attend_folded`: the sum becomes part of the product. The queries are extended by rel_h and rel_w, the keys
  by indicators of their row and column, so plain fused attention needs no mask and keeps no scores.
- `attend_by_rows`: a CPU's way: head by head, some image rows of queries at a time, scores that fit in the
  cache, products by the fastest route (`pointwise.linear`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medsam_core.models.pointwise import apply_linear, linear
from medsam_core.models.position_tables import resize_relative_table
from medsam_core.models.windows import cut_windows, join_windows

# Scores of one step of `attend_by_rows`: 8 MB in float32. Measured for 4 heads of 4096 tokens, one thread:
# 0.25 Mi scores 201 ms, 0.5 Mi 153, 1 Mi 144, 2 Mi 151, 4 Mi 215 (in bfloat16 209, 153, 134, 119, 112); fewer
# steps mean fewer starts of the threads, more scores than the cache holds cost time again.
_SCORES_PER_STEP = 2 * 2**20
# Tokens along an edge from which on the scores of all heads together leave the cache.
_LARGE_GRID = 24


def relative_terms(q: Tensor, table_h: Tensor, table_w: Tensor, grid: int) -> tuple[Tensor, Tensor]:
    """Compute what relative positions add to the scores.

    Args:
        q: (b, heads, grid * grid, d) unscaled queries.
        table_h, table_w: (2 grid - 1, d) embeddings of row and column offsets, most negative first.
        grid: tokens along an edge.

    Returns:
        rel_h, rel_w: (b, heads, grid * grid, grid), for each key row and each key column.
    """
    side = torch.arange(grid, device=q.device)
    offsets = side[:, None] - side[None, :] + (grid - 1)  # (query, key)
    by_row = table_h.to(q.dtype)[offsets].transpose(1, 2)  # (query row, d, key row)
    by_column = table_w.to(q.dtype)[offsets].transpose(1, 2)
    q = q.unflatten(2, (grid, grid))
    rel_h = q @ by_row
    rel_w = (q.transpose(2, 3) @ by_column).transpose(2, 3)
    return rel_h.flatten(2, 3), rel_w.flatten(2, 3)


def attend_by_mask(q: Tensor, k: Tensor, v: Tensor, rel_h: Tensor, rel_w: Tensor) -> Tensor:
    """Attend with the relative terms written out as a mask; shapes as `relative_terms`."""
    mask = (rel_h.unsqueeze(-1) + rel_w.unsqueeze(-2)).flatten(-2)
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def _indicators(grid: int, like: Tensor) -> Tensor:
    """(grid * grid, 2 grid): which row, then which column, a token lies in."""
    eye = torch.eye(grid, dtype=like.dtype, device=like.device)
    return torch.cat([eye.repeat_interleave(grid, 0), eye.repeat(grid, 1)], dim=1)


def _fold(q: Tensor, k: Tensor, rel_h: Tensor, rel_w: Tensor) -> tuple[Tensor, Tensor]:
    grid = rel_h.shape[-1]
    indicators = _indicators(grid, k).expand(*k.shape[:-1], 2 * grid)
    return torch.cat([q * q.shape[-1] ** -0.5, rel_h, rel_w], -1), torch.cat([k, indicators], -1)


def attend_folded(q: Tensor, k: Tensor, v: Tensor, rel_h: Tensor, rel_w: Tensor) -> Tensor:
    """Attend with the relative terms inside the product; shapes as `relative_terms`.

    Values are padded to the width of the keys (a multiple of 8), as fused kernels want one width.
    """
    width = v.shape[-1]
    q, k = _fold(q, k, rel_h, rel_w)
    padding = -q.shape[-1] % 8
    q, k = functional.pad(q, (0, padding)), functional.pad(k, (0, padding))
    v = functional.pad(v, (0, q.shape[-1] - width))
    return functional.scaled_dot_product_attention(q, k, v, scale=1.0)[..., :width]


def attend_plainly(q: Tensor, k: Tensor, v: Tensor, rel_h: Tensor, rel_w: Tensor) -> Tensor:
    """Attend with everything written out: the few operations that graph converters know best."""
    grid = rel_h.shape[-1]
    scores = ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).unflatten(-1, (grid, grid))
    scores = scores + rel_h.unsqueeze(-1) + rel_w.unsqueeze(-2)
    return scores.flatten(-2).softmax(dim=-1) @ v


def attend_folded_plainly(q: Tensor, k: Tensor, v: Tensor, rel_h: Tensor, rel_w: Tensor) -> Tensor:
    """The same, with the scores written out: a CPU's fastest in bfloat16, where a mask is slow to add up."""
    q, k = _fold(q, k, rel_h, rel_w)
    return (q @ k.transpose(-2, -1)).softmax(dim=-1) @ v


def attend_by_rows(q: Tensor, k: Tensor, v: Tensor, rel_h: Tensor, rel_w: Tensor) -> Tensor:
    """Attend step by step; shapes as `relative_terms`. For inference: gradients would keep every step."""
    b, heads, tokens, width = q.shape
    grid = rel_h.shape[-1]
    step = grid * max(1, min(grid, _SCORES_PER_STEP // (grid * tokens)))
    q = q * width**-0.5
    out = torch.empty_like(q)
    weights = q.new_empty(step, tokens)
    for image, head in ((i, j) for i in range(b) for j in range(heads)):
        keys, values = k[image, head], v[image, head].T.contiguous()
        for start in range(0, tokens, step):
            part = (image, head, slice(start, start + step))
            scores = linear(q[part], keys).unflatten(-1, (grid, grid))
            scores += rel_h[part].unsqueeze(-1)
            scores += rel_w[part].unsqueeze(-2)
            softmaxed = torch.softmax(scores.flatten(-2), dim=-1, out=weights[: scores.shape[0]])
            out[part] = linear(softmaxed, values)
    return out


def attend(q: Tensor, k: Tensor, v: Tensor, rel_h: Tensor, rel_w: Tensor) -> Tensor:
    """Attend by the way that suits the device, the type and the number of tokens.

    Args:
        q, k, v: (b, heads, n, d) with n = grid * grid.
        rel_h, rel_w: (b, heads, n, grid).

    Returns:
        (b, heads, n, d).
    """
    if torch.jit.is_tracing():
        return attend_plainly(q, k, v, rel_h, rel_w)
    large = rel_h.shape[-1] >= _LARGE_GRID
    training = torch.is_grad_enabled() and any(x.requires_grad for x in (q, k, v, rel_h, rel_w))
    if q.device.type != "cpu" or training or torch.compiler.is_compiling():
        return (attend_folded if large else attend_by_mask)(q, k, v, rel_h, rel_w)
    if large:
        return attend_by_rows(q, k, v, rel_h, rel_w)
    return (attend_folded_plainly if q.dtype == torch.bfloat16 else attend_by_mask)(q, k, v, rel_h, rel_w)


class FusedAttention(nn.Module):
    """segment-anything's encoder attention, windows included, by `attend`. Same parameters, same names.

    Tokens are cut into windows after the projection to q, k and v, so the padding of the last windows costs
    nothing: all its tokens have one and the same q, k and v.
    """

    def __init__(self, attention: nn.Module, window_size: int) -> None:
        super().__init__()
        self.num_heads = attention.num_heads
        self.window_size = window_size
        self.qkv = attention.qkv
        self.proj = attention.proj
        self.rel_pos_h = attention.rel_pos_h
        self.rel_pos_w = attention.rel_pos_w

    def forward(self, x: Tensor, padding: Tensor | None = None) -> Tensor:
        """Attend among the tokens of an image.

        Args:
            x: (b, g, g, c) normed tokens.
            padding: (1, c) the token that fills the last windows; zeros if None.

        Returns:
            (b, g, g, c).
        """
        qkv = apply_linear(self.qkv, x)
        if self.window_size == 0:
            return apply_linear(self.proj, self._attend(qkv[:, None, None])[:, 0, 0])
        if padding is None:
            padding = x.new_zeros(1, x.shape[-1])
        windows = cut_windows(qkv, self.window_size, apply_linear(self.qkv, padding))
        return apply_linear(self.proj, join_windows(self._attend(windows), x.shape[1]))

    def _attend(self, qkv: Tensor) -> Tensor:
        """(b, rows, columns, s, s, 3 c) to (b, rows, columns, s, s, c), rows * columns windows of side s."""
        b, rows, columns, side = qkv.shape[:4]
        split = qkv.unflatten(-1, (3, self.num_heads, -1)).permute(5, 0, 1, 2, 6, 3, 4, 7)
        q, k, v = split.reshape(3, b * rows * columns, self.num_heads, side * side, -1).unbind(0)
        tables = (resize_relative_table(table, side) for table in (self.rel_pos_h, self.rel_pos_w))
        out = attend(q, k, v, *relative_terms(q, *tables, side))
        out = out.reshape(b, rows, columns, self.num_heads, side, side, -1)
        return out.permute(0, 1, 2, 4, 5, 3, 6).flatten(-2)
