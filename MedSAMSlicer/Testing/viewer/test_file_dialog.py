"""The list of files."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from medsam_viewer.allowed_folders import AllowedFolders
from medsam_viewer.file_dialog import FileDialog, FileKind
from medsam_viewer.messages import Messages


def a_state() -> Any:
    """What the dialog uses of trame's: variables, and `update`."""
    state = SimpleNamespace()
    state.update = lambda **values: vars(state).update(values)
    return state


def await_aside(awaited: Coroutine[None, None, None]) -> None:
    """In a thread of its own: a browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, awaited).result()


async def nothing(path: Path) -> None:
    """What is picked does not matter here."""


def test_a_folder_that_is_removed_while_it_is_listed_does_not_shut_the_list(tmp_path: Path) -> None:
    (tmp_path / "ct.nrrd").write_bytes(b"x")
    (tmp_path / "inner").mkdir()
    state = a_state()
    kinds = {"volume": FileKind("Open", (".nrrd",), nothing)}
    dialog = FileDialog(state, AllowedFolders((tmp_path,)), Messages(state), kinds)
    dialog.browse("volume")
    await_aside(dialog.choose(str(tmp_path / "inner"), True))
    assert state.browse_folder == str((tmp_path / "inner").resolve())
    (tmp_path / "inner").rmdir()
    dialog.browse("volume")
    assert [one["name"] for one in state.browse_entries] == ["ct.nrrd"]
    await_aside(dialog.choose(str(tmp_path / "inner"), True))
    assert "cannot be read" in state.message
    dialog.browse("volume")
    assert [one["name"] for one in state.browse_entries] == ["ct.nrrd"]
