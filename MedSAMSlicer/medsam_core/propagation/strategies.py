"""The table of strategies. A new one is a class and a row here."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import OptionError
from .roi import RoiPropagation
from .strategy import Propagation
from .track import TrackPropagation

STRATEGIES: dict[str, Callable[[], Propagation]] = {
    cls.name: cls for cls in (RoiPropagation, TrackPropagation)
}


def make_strategy(name: str) -> Propagation:
    """Build a strategy by name.

    Raises:
        OptionError: there is none of that name.
    """
    if name not in STRATEGIES:
        names = ", ".join(STRATEGIES)
        raise OptionError("--propagation", f"there is no strategy '{name}'", f"use one of: {names}")
    return STRATEGIES[name]()
