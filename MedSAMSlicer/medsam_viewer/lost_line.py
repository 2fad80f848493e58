"""A page that went away while something was on its way to it: no error of the viewer's."""

from __future__ import annotations

import asyncio
import logging
from typing import Any


def heed_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An event loop's handler of errors: tells all but what a lost connection could not take any more.

    The page comes back by itself and is then given everything anew.
    """
    if not isinstance(context.get("exception"), ConnectionResetError):
        loop.default_exception_handler(context)


def tells_more_than_a_lost_line(record: logging.LogRecord) -> bool:
    """A filter for the log of wslink, which reports an answer that nobody was there to take as an error."""
    return "ConnectionResetError" not in record.getMessage()
