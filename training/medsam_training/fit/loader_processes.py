"""The processes of the loaders: they end with the run, and not before it."""

from __future__ import annotations

import multiprocessing
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from medsam_core.errors import MedSAMError, OptionError
from medsam_training.prepared_set.errors import PreparedSetError

_TOLD = re.compile(
    r"medsam_(?:core|training)[\w.]*\.\w+Error: (?P<subject>.*?): (?P<problem>.*); (?P<remedy>.*)"
)
_GUARD = "if __name__ == '__main__':"


class LoaderProcess(SpawnProcess):
    """Leaves Ctrl-C and SIGTERM to the process that started it.

    Terminals and schedulers send them to all processes of a run. One of these that ended by itself would be
    an error in the middle of the run's own end, which can leave it waiting for ever. So they reach none; what
    has to be ended is killed.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        with _held_back():
            popen = SpawnProcess._Popen(process_obj)
        popen.terminate = popen.kill
        return popen


class LoaderContext(SpawnContext):
    """For `torch.utils.data.DataLoader`: new processes, since a fork copies the locks of other threads."""

    Process = LoaderProcess


def refuse_in_loader() -> None:
    """Refuse to begin a run in a process that a run's loaders begin: it reads a script from its top again.

    Raises:
        OptionError: this is one.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        problem = "is read again by each process of the loaders, and would begin the run again"
        raise OptionError("the script", problem, f"put what it does under {_GUARD}, or set data.workers=0")


@contextmanager
def loader_errors() -> Iterator[None]:
    """Give back the error of a loader's process, of which PyTorch makes a text with a traceback.

    Raises:
        MedSAMError: what it told, or that one ended.
    """
    try:
        yield
    except RuntimeError as error:
        told = _of_loader(str(error))
        if told is None:
            raise
        raise told from None


def _of_loader(text: str) -> MedSAMError | None:
    if text.startswith("Caught ") and " in DataLoader worker process" in text:
        told = _TOLD.fullmatch(text.strip().splitlines()[-1])
        return told and PreparedSetError(told["subject"], told["problem"], told["remedy"])
    if text.startswith("DataLoader worker"):
        remedy = f"if memory ran out set fewer; call fit from a script under {_GUARD}"
        return OptionError("data.workers", "a process of the loaders ended before its time", remedy)
    return None


@contextmanager
def _held_back() -> Iterator[None]:
    """What is started meanwhile never gets the two signals; this process gets them afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows, where nothing is inherited
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # when it starts, it lets the signals through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
