"""Comparable times."""

from __future__ import annotations

from medsam_core.bench.timing import median, percentile_ms, take_turns


def test_candidates_take_turns_after_a_warm_up() -> None:
    calls: list[str] = []
    rounds: list[int] = []
    seconds = take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3, rounds.append)
    assert calls == ["a", "b"] * 4
    assert {name: len(values) for name, values in seconds.items()} == {"a": 3, "b": 3}
    assert rounds == [1, 2, 3]


def test_one_slow_round_does_not_move_the_median() -> None:
    assert median([0.1, 0.1, 9.0, 0.1, 0.1]) == 0.1


def test_percentiles_are_in_milliseconds() -> None:
    assert percentile_ms([0.010, 0.020, 0.030], 50) == 20
