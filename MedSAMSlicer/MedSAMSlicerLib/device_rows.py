"""The devices a user can choose from, with their free memory."""

from __future__ import annotations

from dataclasses import dataclass

from MedSAMSlicerLib.progress_words import size_words

PRECISIONS = (
    ("auto", "Automatic"),
    ("fp32", "Full (fp32)"),
    ("bf16", "Half (bf16)"),
    ("fp16", "Half (fp16)"),
)
"""What `load_model` takes, and what is shown."""


@dataclass(frozen=True)
class DeviceRow:
    """One line of the list: what `load_model` takes, and what is shown."""

    value: str
    title: str


def device_rows(*, with_gpus: bool) -> tuple[DeviceRow, ...]:
    """Automatic, CPU and the GPUs that PyTorch sees.

    Args:
        with_gpus: whether PyTorch is loaded, so that it can be asked: importing it takes seconds, and one
            that another thread is importing knows nothing yet.
    """
    gpus = _gpus() if with_gpus else ()
    return (DeviceRow("auto", "Automatic"), DeviceRow("cpu", f"CPU{_free(_memory())}"), *gpus)


def _gpus() -> tuple[DeviceRow, ...]:
    import torch

    rows = []
    if torch.cuda.is_available():
        for n in range(torch.cuda.device_count()):
            free = torch.cuda.mem_get_info(n)[0]
            rows.append(DeviceRow(f"cuda:{n}", f"{torch.cuda.get_device_name(n)}{_free(free)}"))
    if torch.backends.mps.is_available():
        rows.append(DeviceRow("mps", "Apple GPU"))
    return tuple(rows)


def _memory() -> int | None:
    """Bytes of memory that programs can still have; None without psutil."""
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)


def _free(count: int | None) -> str:
    return "" if count is None else f" ({size_words(count)} free)"
