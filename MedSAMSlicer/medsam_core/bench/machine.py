"""What the figures were measured on; no names of hosts, users or folders."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

import psutil
import torch

from medsam_core.inference.cpu_features import cpu_flags, cpu_name, has_native_bf16
from medsam_core.version import VERSION

_PACKAGES = ("torch", "openvino", "numpy", "scipy", "scikit-image", "segment-anything")
# Those that decide the speed of matrix products.
_FLAGS = (
    "avx2",
    "avx512f",
    "avx512_f",
    "avx512_vnni",
    "avx512_bf16",
    "amx_bf16",
    "amx_int8",
    "asimd",
    "bf16",
)


def describe_machine() -> dict[str, Any]:
    """CPU, GPU, memory, threads, versions, and how busy it is with other work."""
    return {
        "cpu": cpu_name(),
        "cpu_flags": sorted(set(_FLAGS) & set(cpu_flags())),
        "native_bf16": has_native_bf16(),
        "cores": psutil.cpu_count(logical=False) or os.cpu_count(),
        "logical_cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "gpus": [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {"medsam-slicer": VERSION, **_versions()},
        "load_average": _load_average(),
    }


def peak_rss_mb(*, of_children: bool = False) -> float | None:
    """Most memory that this process (or the largest child that has ended) held at once; None on Windows."""
    if sys.platform == "win32":
        return None
    status = Path("/proc/self/status")
    if not of_children and status.is_file():
        # Linux lets a process inherit its parent's mark in ru_maxrss; VmHWM is its own.
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"), re.M)
        if found:
            return round(int(found.group(1)) * 1024 / 1e6, 1)
    import resource

    who = resource.RUSAGE_CHILDREN if of_children else resource.RUSAGE_SELF
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    return round(resource.getrusage(who).ru_maxrss * unit / 1e6, 1)


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _load_average() -> list[float] | None:
    """Processes that wanted a core in the last 1, 5 and 15 minutes; ours come on top."""
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else None
