"""The table of presets holds together."""

from __future__ import annotations

import pytest

from medsam_core.errors import OptionError
from medsam_core.inference.presets import PRESETS, Fit, find_preset


def test_every_row_is_found_by_its_name_however_it_is_hyphenated() -> None:
    for name, row in PRESETS.items():
        assert find_preset(name) is row
        assert find_preset(name.replace("_", "-")) is row


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(OptionError, match="medsam, litemedsam"):
        find_preset("medsim")


def test_only_squashed_pictures_go_through_another_size() -> None:
    assert all(row.via_size is None or row.fit is Fit.SQUASH for row in PRESETS.values())


def test_only_multi_class_networks_may_be_asked_without_a_prompt() -> None:
    assert all((row.output.first_class is not None) == row.prompt_free for row in PRESETS.values())
