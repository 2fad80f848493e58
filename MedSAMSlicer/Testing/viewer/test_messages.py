"""The line at the foot of the page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from medsam_core.errors import VolumeError
from medsam_viewer.messages import Messages


@pytest.fixture
def a_page_state() -> SimpleNamespace:
    """Variables of a page."""
    return SimpleNamespace()


def test_an_error_is_told_and_goes_with_the_next_thing_that_works(a_page_state: SimpleNamespace) -> None:
    messages = Messages(a_page_state)
    with messages.edge():
        raise VolumeError("ct.nii", "is empty", "copy it again")
    assert a_page_state.message == "ct.nii: is empty; copy it again"
    assert a_page_state.message_kind == "error"
    with messages.edge():
        pass
    assert (a_page_state.message, a_page_state.message_kind) == ("", "info")


def test_an_error_within_an_action_outlives_that_action(a_page_state: SimpleNamespace) -> None:
    messages = Messages(a_page_state)
    with messages.edge(), messages.edge():
        raise VolumeError("ct.nii", "is empty", "copy it again")
    assert a_page_state.message_kind == "error"


def test_what_is_no_error_of_ours_is_not_swallowed(a_page_state: SimpleNamespace) -> None:
    with pytest.raises(ZeroDivisionError), Messages(a_page_state).edge():
        _ = 1 / 0
