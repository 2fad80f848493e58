"""A linear layer by the fastest exact route of the machine."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

# Below this many rows a product is over before a route matters.
_FEW_ROWS = 32


@cache
def _routes() -> frozenset[torch.dtype]:
    """Types for which this CPU multiplies faster through oneDNN's 1x1 convolution than through MKL.

    MKL runs its AVX2 kernels on CPUs that are not Intel's. Measured with 2 cores of an AMD EPYC (AVX-512):
    4096 x 768 times 768 x 2304 at 92 GFLOP/s by `linear`, 183 by `conv2d` in float32; 384 and 543 in
    bfloat16. On Intel both routes end in the same kind of kernel.
    """
    if not torch.backends.mkldnn.is_available():
        return frozenset()
    capability = torch.backends.cpu.get_cpu_capability()
    if capability.startswith("AVX512"):
        return frozenset({torch.float32, torch.bfloat16})
    return frozenset({torch.float32}) if capability == "AVX2" else frozenset()


def _autocasts(x: Tensor) -> bool:
    kind = x.device.type
    return kind in ("cpu", "cuda") and torch.is_autocast_enabled(kind)


def _batch_for_convolution(x: Tensor) -> int:
    """In how many parts the rows of `x` go through the convolution; 0 where `linear` is the better route."""
    if torch.jit.is_tracing() or torch.compiler.is_compiling() or _autocasts(x):
        return 0
    if x.device.type != "cpu" or x.dtype not in _routes() or not torch.backends.mkldnn.enabled:
        return 0
    rows = x.numel() // x.shape[-1]
    if rows < _FEW_ROWS:
        return 0
    # With one thread PyTorch hands 1x1 convolutions to oneDNN only from a batch of 16 on.
    return 16 if rows % 16 == 0 else int(torch.get_num_threads() > 1)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Multiply (..., k) by a (m, k) weight and add the bias: (..., m), as ``torch.nn.functional.linear``.

    The route changes the order of summation only, so results differ in the last bits.
    """
    batch = _batch_for_convolution(x)
    if batch == 0:
        return functional.linear(x, weight, bias)
    pixels = x.reshape(batch, 1, -1, x.shape[-1]).permute(0, 3, 1, 2)  # rows as pixels, channels last
    y = functional.conv2d(pixels, weight[:, :, None, None], bias)
    return y.permute(0, 2, 3, 1).reshape(*x.shape[:-1], weight.shape[0])


def apply_linear(layer: nn.Module, x: Tensor) -> Tensor:
    """Run a linear layer, in the type of its weights; a subclass (LoRA) keeps its own forward.

    Under autocast the type is autocast's affair.
    """
    if not _autocasts(x):
        x = x.to(layer.weight.dtype)
    return linear(x, layer.weight, layer.bias) if type(layer) is nn.Linear else layer(x)
