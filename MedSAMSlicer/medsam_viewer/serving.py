"""Runs a viewer behind its door."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable

from aiohttp.web_runner import GracefulExit

from medsam_core.errors import OptionError
from medsam_viewer.lost_line import heed_errors, tells_more_than_a_lost_line
from medsam_viewer.options import ViewOptions

Announce = Callable[[str], None]


def serve(options: ViewOptions, announce: Announce) -> None:
    """Run a viewer until Ctrl+C.

    Args:
        options: of the command line.
        announce: is given the link, once it works.

    Raises:
        OptionError: a folder does not exist, or nothing can listen there.
    """
    os.environ["TRAME_ARGS"] = ""  # trame would read our command line as its own
    # Seconds: a line that went dead must not keep the door shut for long.
    os.environ.setdefault("TRAME_WS_HEART_BEAT", "10")
    if sys.platform == "linux" and "DISPLAY" not in os.environ:
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    with contextlib.suppress(GracefulExit, KeyboardInterrupt):  # Ctrl+C is how it ends
        _run(options, announce)


def _run(options: ViewOptions, announce: Announce) -> None:
    try:
        asyncio.run(_serve(options, announce))
    except OSError as error:
        problem = f"cannot listen on {options.host}, port {options.port} ({error.strerror or error})"
        raise OptionError("--port", problem, "give another port, or none for a free one") from error


async def _serve(options: ViewOptions, announce: Announce) -> None:
    from medsam_viewer.viewer import Viewer  # imports VTK: after the environment is set

    asyncio.get_running_loop().set_exception_handler(heed_errors)
    logging.getLogger("wslink.protocol").addFilter(tells_more_than_a_lost_line)
    viewer = Viewer(options)
    server = viewer.server
    server.controller.on_server_ready.add(lambda **_: announce(viewer.door.link(options.host, server.port)))
    running = server.start(
        exec_mode="coroutine",
        host=options.host,
        port=options.port,
        open_browser=False,
        show_connection_info=False,
        disable_logging=True,
    )
    beginning = asyncio.ensure_future(viewer.begin())
    try:
        await running
    finally:
        beginning.cancel()
        viewer.close()
