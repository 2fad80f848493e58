"""How far something is, in words."""

from __future__ import annotations

import pytest

from MedSAMSlicerLib.background_run import RunProgress
from MedSAMSlicerLib.progress_words import duration_words, percent, progress_words, size_words


def test_an_estimate_comes_once_it_can_be_told() -> None:
    assert progress_words(RunProgress("Segmenting")) == "Segmenting"
    early = RunProgress("Segmenting", 1, 40, "slice 12", 0.5)
    assert progress_words(early) == "Segmenting, slice 12, 1 of 40"
    later = RunProgress("Segmenting", 10, 40, "slice 21", 5.0)
    assert progress_words(later) == "Segmenting, slice 21, 10 of 40, about 15 s left"
    assert progress_words(RunProgress("Segmenting", 40, 40, "", 20.0)) == "Segmenting, 40 of 40"


def test_a_bar_is_busy_where_nobody_knows_the_end() -> None:
    assert percent(RunProgress("Reading")) is None
    assert percent(RunProgress("Reading", 3, 12)) == 25


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (89, "89 s"), (95, "2 min"), (3000, "50 min"), (7300, "2 h")]
)
def test_times_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_sizes_are_said_as_people_say_them() -> None:
    assert [size_words(n) for n in (0, 375_042_383, 2_564_550_879)] == ["0 MB", "375 MB", "2.6 GB"]
