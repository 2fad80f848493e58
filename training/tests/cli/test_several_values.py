"""Options that take several words."""

from __future__ import annotations

import pytest

from medsam_training.cli.several_values import repeated


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--a x y --b z", "--a x --a y --b z"),
        ("--a x --a y", "--a x --a y"),
        ("--a=x y", "--a=x y"),
        ("--b z --a x y w", "--b z --a x --a y --a w"),
        ("--b z q", "--b z q"),
        ("--a - x", "--a - --a x"),
        ("", ""),
    ],
)
def test_words_after_an_option_that_may_repeat_repeat_it(words: str, told: str) -> None:
    assert repeated(words.split(), {"--a"}) == told.split()
