"""The table of strategies. A new one is a class and a row here."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from medsam_core.errors import OptionError
from medsam_core.propagation.anchors import AnchorsPropagation
from medsam_core.propagation.consensus import ConsensusPropagation
from medsam_core.propagation.roi import RoiPropagation
from medsam_core.propagation.strategy import Propagation
from medsam_core.propagation.track import TrackPropagation

STRATEGIES: dict[str, Callable[..., Propagation]] = {
    cls.name: cls for cls in (RoiPropagation, TrackPropagation, AnchorsPropagation, ConsensusPropagation)
}


def make_strategy(name: str, **options: object) -> Propagation:
    """Build a strategy by name.

    Args:
        name: a row of the table.
        options: arguments of its class.

    Raises:
        OptionError: there is none of that name, or it has no such option.
    """
    if name not in STRATEGIES:
        names = ", ".join(STRATEGIES)
        raise OptionError("--propagation", f"there is no strategy '{name}'", f"use one of: {names}")
    known = inspect.signature(STRATEGIES[name]).parameters
    unknown = next((option for option in options if option not in known), None)
    if unknown is not None:
        names = ", ".join(known) or "none"
        raise OptionError(f"propagation {name}", f"has no option '{unknown}'", f"it has: {names}")
    return STRATEGIES[name](**options)
