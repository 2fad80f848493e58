"""What this machine's CPU can compute with."""

from __future__ import annotations

import platform
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
    sources = (_torch_names, _linux_names, _openvino_names)
    return any(_BF16_NAMES.intersection(names()) for names in sources)


def cpu_flags() -> set[str]:
    """Names of the CPU's abilities, in the spellings of PyTorch and Linux."""
    return {*_torch_names(), *_linux_names()}


def cpu_name() -> str:
    """What the CPU calls itself, e.g. "AMD EPYC"."""
    told = _linux_value("model name") or _torch_capabilities().get("cpu_name")
    return str(told or platform.processor() or platform.machine())


def _torch_capabilities() -> dict[str, object]:
    if hasattr(torch.cpu, "get_capabilities"):  # PyTorch 2.10 and later
        return torch.cpu.get_capabilities()
    return {}


def _torch_names() -> Iterable[str]:
    return [name for name, value in _torch_capabilities().items() if value is True]


def _linux_names() -> Iterable[str]:
    """Abilities of the first processor in /proc/cpuinfo; nothing on other systems."""
    return (_linux_value("flags") or _linux_value("Features") or "").split()


def _linux_value(key: str) -> str | None:
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    pairs = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip() == key), None)


def _openvino_names() -> Iterable[str]:
    """OpenVINO reads the CPU itself, on Windows too."""
    try:
        import openvino
    except ImportError:
        return []
    capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return [str(name).lower() for name in capabilities]
