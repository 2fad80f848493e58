"""The one edge: any error as a line for the user."""

from __future__ import annotations

import logging

from medsam_core.errors import MedSAMError

MOST_LETTERS = 200


def error_words(error: BaseException, subject: str) -> str:
    """What to show; an error that nobody foresaw goes to Slicer's log with its traceback, too.

    Args:
        error: what was raised.
        subject: what was being done.
    """
    if isinstance(error, MedSAMError):
        return str(error)
    logging.error("MedSAM: %s failed", subject, exc_info=error)
    told = " ".join(f"{type(error).__name__} {error}".split())[:MOST_LETTERS]
    return f"{subject}: failed ({told}); see the error log, and report it with 'Copy settings and timings'"
