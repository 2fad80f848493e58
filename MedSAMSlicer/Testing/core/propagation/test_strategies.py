"""Strategies are found by name."""

from __future__ import annotations

import pytest

from medsam_core.errors import OptionError
from medsam_core.propagation.strategies import STRATEGIES, make_strategy


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_name_makes_a_strategy_of_that_name(name: str) -> None:
    assert make_strategy(name).name == name


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(OptionError, match="roi, track"):
        make_strategy("sideways")
