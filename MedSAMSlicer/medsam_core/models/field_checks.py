"""Checks of values that come out of a file header, which nobody vouches for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from medsam_core.errors import CheckpointError

# Ranges that hold every network we know with room to spare: without them a few bytes of a header could ask
# for a network of terabytes.
LIMITS: dict[str, tuple[int, int]] = {
    "image_size": (32, 2048),
    "embed_dim": (8, 2048),
    "depth": (1, 64),
    "num_heads": (1, 64),
    "window_size": (0, 128),
    "mlp_dim": (8, 16384),
    "mask_tokens": (1, 512),
    "out_chans": (16, 1024),
    "rank": (1, 256),
    "bottleneck": (1, 2048),
    "stage_depth": (1, 16),
    "stage_window": (1, 32),
    "block": (0, 63),
    "decoder_layer": (-1, 7),
}
MAX_ENTRIES = 64
"""Of any list in a header."""


def refused(problem: str, subject: str = "architecture") -> CheckpointError:
    """The error for a header that describes no network of ours."""
    return CheckpointError(subject, problem, "use a file that this program or a known project wrote")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def check_range(name: str, value: Any, limit: str | None = None) -> None:
    """Hold a whole number to the limits called `limit` (or `name`).

    Raises:
        CheckpointError: it is none, or out of range.
    """
    low, high = LIMITS[limit or name]
    if not _is_whole(value):
        raise refused(f"{name} must be a whole number, not {value!r:.60}")
    if not low <= value <= high:
        raise refused(f"{name} is {value}, outside {low} to {high}")


def check_numbers(name: str, values: Any, limit: str, length: int | None = None) -> None:
    """Hold each number of a tuple to the limits called `limit`.

    Raises:
        CheckpointError: it is no tuple, has another length, or an entry is not in range.
    """
    if not isinstance(values, tuple) or len(values) > MAX_ENTRIES:
        raise refused(f"{name} must be a short list")
    if length is not None and len(values) != length:
        raise refused(f"{name} must have {length} entries, not {len(values)}")
    for value in values:
        check_range(name, value, limit)


def check_indices(name: str, values: Any, limit: str) -> None:
    """The same for indices, of which none may come twice.

    Raises:
        CheckpointError: see `check_numbers`.
    """
    check_numbers(name, values, limit)
    if len(set(values)) != len(values):
        raise refused(f"{name} names something twice")


def check_flags(thing: Any, *names: str) -> None:
    """Hold attributes to true or false.

    Raises:
        CheckpointError: one is something else.
    """
    for name in names:
        if not isinstance(getattr(thing, name), bool):
            raise refused(f"{name} must be true or false")


def values_of(kind: type, data: Any, what: str) -> dict[str, Any]:
    """Read a JSON object as keyword values for the dataclass `kind`; lists become tuples.

    Raises:
        CheckpointError: it is no object, or has fields that `kind` has not.
    """
    if not isinstance(data, Mapping):
        raise refused("is not a JSON object", what)
    known = {field.name for field in dataclasses.fields(kind)}
    unknown = sorted(str(key)[:40] for key in data if key not in known)
    if unknown:
        raise refused(f"has fields that this version does not know: {', '.join(unknown[:5])}", what)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}


def make(kind: type, values: Mapping[str, Any], what: str) -> Any:
    """Build the dataclass `kind`.

    Raises:
        CheckpointError: a field is absent or its value is refused.
    """
    needed = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    absent = [name for name in needed if name not in values]
    if absent:
        raise refused(f"lacks {', '.join(absent)}", what)
    return kind(**values)


def json_value(value: Any) -> Any:
    """A dataclass's value with its tuples as lists, all the way down."""
    if isinstance(value, dict):
        return {key: json_value(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [json_value(item) for item in value]
    return value
