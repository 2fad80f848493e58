"""Safetensors files: a JSON header of names, types and places, then the numbers."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from medsam_core.errors import CheckpointError


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors (on the CPU, mapped) and the header's own texts.

    The library checks that the header's places follow each other without gap or overlap and end where the
    file ends, so a header cannot claim what is not there.

    Raises:
        CheckpointError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError, RuntimeError, MemoryError) as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise CheckpointError(
            path, f"is damaged ({reason})", "it was not copied whole; copy it again"
        ) from error
