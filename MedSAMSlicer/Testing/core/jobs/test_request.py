"""Requests are snapshots."""

from __future__ import annotations

import dataclasses

import pytest

from medsam_core.jobs.request import Request


def test_a_request_cannot_be_changed_under_the_thread_that_works_on_it() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Request(1, "preview", 0).priority = 3  # type: ignore[misc]
