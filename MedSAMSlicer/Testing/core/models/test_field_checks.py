"""Checks of untrusted values."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from medsam_core.errors import CheckpointError
from medsam_core.models.field_checks import (
    check_indices,
    check_numbers,
    check_range,
    json_value,
    make,
    values_of,
)


@dataclass(frozen=True)
class Row:
    width: int
    sizes: tuple[int, ...] = ()


@pytest.mark.parametrize("value", [0, 65, 3.0, True, None, "3"])
def test_what_is_no_whole_number_in_range_is_refused(value: object) -> None:
    with pytest.raises(CheckpointError, match="depth"):
        check_range("depth", value)


@pytest.mark.parametrize("values", [[1, 2], (1,), (1, 2, 3), (1, 0), tuple(range(100))])
def test_a_tuple_of_another_length_or_range_is_refused(values: object) -> None:
    with pytest.raises(CheckpointError, match="depths"):
        check_numbers("depths", values, "depth", length=2)


def test_an_index_may_not_come_twice() -> None:
    check_indices("blocks", (3, 1), "block")
    with pytest.raises(CheckpointError, match="twice"):
        check_indices("blocks", (3, 1, 3), "block")


def test_lists_of_json_become_tuples_and_go_back() -> None:
    row = make(Row, values_of(Row, {"width": 1, "sizes": [1, 2]}, "row"), "row")
    assert row == Row(1, (1, 2))
    assert json_value({"sizes": row.sizes}) == {"sizes": [1, 2]}


def test_absent_and_unknown_fields_are_named() -> None:
    with pytest.raises(CheckpointError, match="lacks width"):
        make(Row, {}, "row")
    with pytest.raises(CheckpointError, match="depth"):
        values_of(Row, {"depth": 1}, "row")
    with pytest.raises(CheckpointError, match="object"):
        values_of(Row, [1], "row")
