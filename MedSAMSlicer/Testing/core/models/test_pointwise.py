"""Linear layers by the machine's fastest route."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from medsam_core.models import pointwise
from medsam_core.models.pointwise import apply_linear, linear
from testkit.published_sam import relative_error


@pytest.mark.parametrize("shape", [(7, 24), (64, 24), (65, 24), (2, 8, 8, 24), (33, 3, 24)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("threads", [1, 2])
def test_every_shape_gives_what_a_plain_linear_layer_gives(
    shape: tuple[int, ...], bias: bool, threads: int
) -> None:
    torch.set_num_threads(threads)
    x, weight = torch.randn(shape), torch.randn(40, 24)
    offset = torch.randn(40) if bias else None
    y = linear(x, weight, offset)
    assert y.shape == (*shape[:-1], 40)
    assert y.is_contiguous()
    assert relative_error(y, functional.linear(x, weight, offset)) < 1e-6


def test_gradients_are_those_of_a_plain_linear_layer() -> None:
    layer, x = nn.Linear(24, 40), torch.randn(64, 24, requires_grad=True)
    want = torch.autograd.grad(layer(x).square().sum(), [x, *layer.parameters()])
    got = torch.autograd.grad(apply_linear(layer, x).square().sum(), [x, *layer.parameters()])
    assert all(relative_error(a, b) < 1e-5 for a, b in zip(got, want, strict=True))


def test_the_input_is_brought_to_the_type_of_the_weights() -> None:
    layer = nn.Linear(24, 40).bfloat16()
    assert apply_linear(layer, torch.randn(64, 24)).dtype == torch.bfloat16


def test_a_subclass_keeps_its_own_forward() -> None:
    class Doubled(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(x)

    layer, x = Doubled(24, 40), torch.randn(64, 24)
    assert torch.equal(apply_linear(layer, x), layer(x))


def test_a_trace_sees_a_plain_linear_layer() -> None:
    traced = torch.jit.trace(nn.Sequential(_Pointwise()), torch.randn(64, 24))
    kinds = {node.kind() for node in traced.inlined_graph.nodes()}
    assert "aten::linear" in kinds
    assert "aten::_convolution" not in kinds


class _Pointwise(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(24, 40)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return pointwise.apply_linear(self.layer, x)
