"""The one edge."""

from __future__ import annotations

import logging

import pytest

from medsam_core.errors import PromptError
from MedSAMSlicerLib.error_words import error_words


def test_a_foreseen_error_is_told_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    error = PromptError("ROI 'R'", "lies outside the volume", "move it")
    assert error_words(error, "segmenting") == "ROI 'R': lies outside the volume; move it"
    assert caplog.records == []


def test_another_one_is_told_in_a_line_and_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        raise RuntimeError("two\nlines " * 100)
    except RuntimeError as error:
        told = error_words(error, "segmenting")
    assert told.startswith("segmenting: failed (RuntimeError two lines") and "\n" not in told
    assert len(told) < 400
    assert caplog.records[0].levelno == logging.ERROR and caplog.records[0].exc_info is not None
