"""What a checkpoint says of its training, in words for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 300
_MOST_ROWS = 20
_SUM = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}\b")

# Facts that belong together, in the order of the rows, and the words around their values; of a truth value,
# the words if it is true and if it is not. What no row names is told as it is called.
_ROWS: tuple[Mapping[str, str | tuple[str, str]], ...] = (
    {
        "method": "{}",
        "started_from": "started from {}",
        "start": "started from {}",
        "from_scratch": ("from random weights", ""),
    },
    {"decoder": "decoder {}"},
    {"cases": "{} cases", "slices": "{} slices", "sets": "sets {}", "labels": "labels {}"},
    {
        "epochs": "{} epochs",
        "steps": "{} steps",
        "images_per_step": "{} images a step",
        "prompts_per_image": "{} prompts an image",
        "minutes": "{} minutes",
        "seed": "seed {}",
    },
    {
        "validation_dice": "validation Dice {}",
        "test_dice": "test Dice {}",
        "validation_loss": "validation loss {}",
    },
    {"trained_weights": "{} weights trained", "weights": "{} in all"},
    {
        "all_may_train_shipped_weights": (
            "",  # also of sets that say nothing about it
            "not all of its sets may train weights that are passed on",
        )
    },
)


def training_words(facts: Mapping[str, Any]) -> list[str]:
    """One row for facts that belong together: what it started from, what it learned on, how long, how well.

    Args:
        facts: plain JSON values, perhaps of a stranger.

    Returns:
        At most 20 rows of at most 300 letters.
    """
    known = {key for row in _ROWS for key in row}
    rows = [
        "; ".join(filter(None, (_part(row[key], facts[key]) for key in row if key in facts))) for row in _ROWS
    ]
    rows += [f"{key.replace('_', ' ')}: {_value(value)}" for key, value in facts.items() if key not in known]
    return [_cut(row) for row in rows if row][:_MOST_ROWS]


def _part(words: str | tuple[str, str], value: Any) -> str:
    if isinstance(words, tuple):
        return words[0 if value else 1]
    return words.format(_value(value))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.5g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(one)}" for key, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_value, value)) or "none"
    return _SUM.sub(r"\1...", str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
