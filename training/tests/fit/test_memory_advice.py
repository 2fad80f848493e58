"""Out of memory: what to lower."""

from __future__ import annotations

import pytest
import torch

from medsam_core.errors import DeviceError
from medsam_training.fit.config_file import read_config
from medsam_training.fit.memory_advice import memory_errors


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:114] . DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_the_advice_can_be_pasted(error: BaseException) -> None:
    config = read_config(preset="full", changes=["loop.batch=8"])
    with pytest.raises(DeviceError) as caught, memory_errors(config):
        raise error
    assert str(caught.value) == (
        "memory: there is not enough for 8 slices at once in fp32; try loop.precision=bf16, or "
        "loop.batch=4 loop.accumulate=2, or strategy.method=lora; then --resume"
    )


def test_a_run_that_is_small_already_is_told_the_rest() -> None:
    config = read_config(preset="lora", changes=["loop.batch=1", "loop.precision=bf16"])
    with (
        pytest.raises(DeviceError, match=r"preset decoder-only.*strategy\.image_size=512"),
        memory_errors(config),
    ):
        raise MemoryError


def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="shapes"), memory_errors(read_config()):
        raise RuntimeError("shapes differ")
