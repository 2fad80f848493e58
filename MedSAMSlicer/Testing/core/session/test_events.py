"""What a user is told when something fails: one line, always."""

from __future__ import annotations

import pytest

from medsam_core.errors import PromptError
from medsam_core.session.events import Failure


def test_our_own_errors_are_told_in_their_own_words() -> None:
    error = PromptError("box", "is inverted", "turn it")
    assert Failure.of("preview", error).sentence == "box: is inverted; turn it"


@pytest.mark.parametrize("error", [RuntimeError("boom\n at line 3"), MemoryError(), KeyError("x")])
def test_any_other_error_is_told_in_one_line_with_its_kind(error: Exception) -> None:
    failure = Failure.of("run 3", error)
    assert type(error).__name__ in failure.sentence and "\n" not in failure.sentence
    assert failure.error is error and failure.topic == "run 3"
