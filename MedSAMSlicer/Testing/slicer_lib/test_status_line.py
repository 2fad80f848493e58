"""Messages that nobody has to dismiss."""

from __future__ import annotations

import pytest

from medsam_core.errors import PromptError
from MedSAMSlicerLib.status_line import StatusLine


def test_an_error_becomes_the_message_and_goes_with_the_next_thing_that_works() -> None:
    status = StatusLine()
    with status.edge():
        raise PromptError("box", "is too small", "draw a larger one")
    assert (status.text, status.is_problem) == ("box: is too small; draw a larger one", True)
    with status.edge():
        pass
    assert (status.text, status.is_problem) == ("", False)


def test_what_was_said_within_stays() -> None:
    status = StatusLine()
    with status.edge():
        status.warn("careful")
    assert status.text == "careful" and status.is_problem
    status.tell("done")
    with status.edge():
        pass
    assert status.text == "done"


def test_what_is_no_error_of_ours_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError), StatusLine().edge():
        _ = 1 / 0
