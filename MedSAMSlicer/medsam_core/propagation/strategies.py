"""The table of strategies. A new one is a class and a row here."""

from __future__ import annotations

from collections.abc import Callable

from medsam_core.errors import OptionError
from medsam_core.propagation.roi import RoiPropagation
from medsam_core.propagation.strategy import Propagation
from medsam_core.propagation.track import TrackPropagation

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
