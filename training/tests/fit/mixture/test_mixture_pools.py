"""A mixture learns from its sets only, and checks on all of them alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.errors import OptionError
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_config
from medsam_training.fit.run import open_data, pools_of


def a_config(folder: Path, sets: str, *changes: str, rest: str = "") -> FitConfig:
    changes = (f"data.mixture={{sets: {sets}, {rest}}}", *changes)
    return read_config(changes=changes, data_set=str(folder), out="unused")


def set_names(pool) -> list[str]:
    return [pool.case(n).set_name for n in range(len(pool))]


def test_it_learns_from_training_cases_of_its_sets_only(mixed_folder: Path) -> None:
    config = a_config(mixed_folder, "{discs: 1}")
    training, validation = pools_of(open_data(config), config)
    assert {training.case(n).id for n in range(len(training))} == {"discs/0"}
    assert {validation.case(n).id for n in range(len(validation))} == {"discs/1"}


def test_a_large_set_is_looked_at_as_much_as_a_small_one(mixed_folder: Path) -> None:
    config = a_config(mixed_folder, "{balls: 1, discs: 1}", "data.validation_slices=2")
    _, validation = pools_of(open_data(config), config)
    assert sorted(set_names(validation)) == ["balls", "discs"]


def test_validation_may_look_at_sets_that_are_not_learned_from(mixed_folder: Path) -> None:
    config = a_config(mixed_folder, "{discs: 1}", rest="validate_on: [balls]")
    training, validation = pools_of(open_data(config), config)
    assert set(set_names(training)) == {"discs"} and set(set_names(validation)) == {"balls"}


def test_weights_that_ship_may_not_learn_from_a_set_whose_licence_forbids_it(mixed_folder: Path) -> None:
    config = a_config(mixed_folder, "{discs: 1, forbidden: 1}", rest="validate_on: [discs]")
    pools_of(open_data(config), config)
    strict = a_config(
        mixed_folder, "{discs: 1, forbidden: 1}", "data.shippable=true", rest="validate_on: [discs]"
    )
    with pytest.raises(OptionError, match="forbidden may not be learned from"):
        pools_of(open_data(strict), strict)


@pytest.mark.parametrize(
    ("sets", "rest", "change", "said"),
    [
        ("{disc: 1}", "", "data.shots=null", "did you mean discs"),
        ("{discs: 1}", "validate_on: [ball]", "data.shots=null", "did you mean balls"),
        ("{discs: 1}", "", "data.shots=3", "leave data.labels and data.shots out"),
        ("{forbidden: 1}", "", "data.shots=null", "has no validation slices"),
    ],
)
def test_what_cannot_be_done_is_said(
    mixed_folder: Path, sets: str, rest: str, change: str, said: str
) -> None:
    config = a_config(mixed_folder, sets, change, rest=rest)
    with pytest.raises(OptionError, match=said):
        pools_of(open_data(config), config)
