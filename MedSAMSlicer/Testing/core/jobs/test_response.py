"""Responses name their request and keep pictures out of their text."""

from __future__ import annotations

import numpy as np

from medsam_core.jobs.response import Finished, Progressed


def test_a_response_in_a_log_is_one_short_line() -> None:
    for kind in (Progressed, Finished):
        assert len(repr(kind(1, "preview", np.zeros(1000)))) < 60
