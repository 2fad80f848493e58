"""Numbers in text headers."""

from __future__ import annotations

from collections.abc import Iterable


def numbers_as_text(values: Iterable[float], separator: str = " ") -> str:
    """Numbers with the fewest digits that read back as the same float64, without minus zeros."""
    return separator.join(
        f"{int(value)}" if float(value).is_integer() else repr(float(value)) for value in values
    )
