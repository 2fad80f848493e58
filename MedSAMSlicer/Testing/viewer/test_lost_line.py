"""What is said of connections that broke, and of everything else that goes wrong."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiohttp import ClientConnectionResetError

from medsam_viewer.lost_line import heed_errors


@pytest.mark.parametrize(
    ("error", "is_told"),
    [(ClientConnectionResetError("closing transport"), False), (ValueError("a mistake of ours"), True)],
)
def test_a_lost_connection_is_no_error_and_everything_else_is(
    error: Exception, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise error

    async def forget() -> None:
        asyncio.get_running_loop().set_exception_handler(heed_errors)
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task

    with (
        caplog.at_level(logging.ERROR, "asyncio"),
        ThreadPoolExecutor(1) as thread,
    ):  # a loop runs in this one
        thread.submit(asyncio.run, forget()).result()
    assert ("a mistake of ours" in caplog.text) is is_told and bool(caplog.records) is is_told
