"""What to lower when memory runs out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from medsam_core.errors import DeviceError
from medsam_training.fit.config import FitConfig, LoopConfig, RunConfig, Strategy

_SIGNS = ("out of memory", "not enough memory", "can't allocate memory", "alloc_cpu")


@contextmanager
def memory_errors(config: LoopConfig) -> Iterator[None]:
    """Turn an out-of-memory error into advice.

    Raises:
        DeviceError: memory ran out.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DeviceError(
            "memory", f"there is not enough for {_what(config)}", f"try {advice(config)}; then --resume"
        ) from error


def is_out_of_memory(error: BaseException) -> bool:
    """The CPU's allocator and MPS raise plain RuntimeErrors."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(sign in str(error).lower() for sign in _SIGNS)


def advice(config: LoopConfig) -> str:
    """Keys to change, what costs least first."""
    loop, tips = config.loop, []
    if loop.precision == "fp32":
        tips.append("loop.precision=bf16")
    if loop.batch > 1:
        half = loop.batch // 2
        tips.append(f"loop.batch={half} loop.accumulate={loop.accumulate * -(-loop.batch // half)}")
    if isinstance(config, RunConfig) and config.data.prompts_per_image > 1:
        tips.append("data.prompts_per_image=1")
    tips += _smaller(config.strategy) if isinstance(config, FitConfig) else ["a smaller network"]
    return ", or ".join(tips[:3])


def _smaller(strategy: Strategy) -> list[str]:
    tips = []
    if strategy.method == "vanilla" and "encoder" in strategy.components:
        tips.append("strategy.method=lora")
    if "encoder" in strategy.components:
        tips.append("strategy.components=decoder (preset decoder-only)")
    return [*tips, "strategy.image_size=512, or a smaller network"]


def _what(config: LoopConfig) -> str:
    return f"{config.loop.batch} slices at once in {config.loop.precision}"
