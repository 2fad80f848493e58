"""What this machine's CPU can compute with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import torch

_CPU_INFO = Path("/proc/cpuinfo")
# Names of one ability: x86 in torch's and in Linux's spelling, then ARM's.
_BF16_NAMES = {"avx512_bf16", "amx_bf16", "avx10_2", "bf16"}


@cache
def has_native_bf16() -> bool:
    """Whether bfloat16 products run in hardware (AVX512-BF16, AMX or ARM's BF16).

    Where they do not, bfloat16 is slower than float32 and buys nothing.
    """
    sources = (_torch_names, lambda: _linux_names(_CPU_INFO), _openvino_names)
    return any(_BF16_NAMES.intersection(names()) for names in sources)


def _torch_names() -> Iterable[str]:
    if hasattr(torch.cpu, "get_capabilities"):  # PyTorch 2.10 and later
        return [name for name, value in torch.cpu.get_capabilities().items() if value is True]
    return []


def _linux_names(path: Path) -> Iterable[str]:
    """Flags of the first processor in /proc/cpuinfo; nothing on other systems."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features"):
            return value.split()
    return []


def _openvino_names() -> Iterable[str]:
    """OpenVINO reads the CPU itself, on Windows too."""
    try:
        import openvino
    except ImportError:
        return []
    capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return [str(name).lower() for name in capabilities]
