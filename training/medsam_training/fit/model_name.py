"""What a model is called that nobody named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_MOST_LABELS = 3
_LONGEST = 100


def model_name(labels: Sequence[str], out: str) -> str:
    """What it learned to find, and the name of the run's folder: "kidney, liver (lora)".

    Args:
        labels: names of what the training slices show; perhaps none.
        out: folder of the run.

    Returns:
        One line of at most 100 letters.
    """
    more = len(labels) - _MOST_LABELS
    shown = ", ".join(labels[:_MOST_LABELS]) + (f" and {more} more" if more > 0 else "")
    folder = Path(out).resolve().name[: _LONGEST // 3]
    words = " ".join(shown.split())[: _LONGEST - len(folder) - len(" ()")]
    return f"{words} ({folder})" if words and folder else words or folder or "fine-tuned"
