"""Signals that all processes of a run get."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from torch.utils.data import DataLoader, Dataset

from medsam_core.errors import OptionError
from medsam_training.fit.loader_processes import LoaderContext, loader_errors, refuse_in_loader
from medsam_training.prepared_set.errors import PreparedSetError

pytestmark = pytest.mark.fresh

needs_signals = pytest.mark.skipif(os.name != "posix", reason="elsewhere no signal reaches them")


class Owners(Dataset):
    """Which process makes each item; it is seen to begin by its file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, number: int) -> int:
        (self.folder / str(number)).touch()
        if number == 7:
            raise PreparedSetError("a/b.npy", "is cut off: 3 of 4", "prepare; again")
        if number == 8:
            os._exit(3)
        if number == 9:
            time.sleep(1000)
        return os.getpid()

    def __len__(self) -> int:
        return 10


def a_loader(folder: Path, numbers: list[int]) -> DataLoader:
    return DataLoader(
        Owners(folder),
        sampler=numbers,
        num_workers=1,
        prefetch_factor=1,
        multiprocessing_context=LoaderContext(),
    )


@needs_signals
def test_ctrl_c_and_sigterm_leave_them_at_work_until_the_loader_ends(tmp_path: Path) -> None:
    items = iter(a_loader(tmp_path, [0, 1, 2, 3]))
    owner = int(next(items))
    assert owner != os.getpid()
    os.kill(owner, signal.SIGINT)
    os.kill(owner, signal.SIGTERM)
    assert [int(one) for one in items] == [owner] * 3
    del items
    assert not psutil.pid_exists(owner)


@needs_signals
def test_the_process_that_starts_them_gets_both_as_before(tmp_path: Path) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    next(iter(a_loader(tmp_path, [0])))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


@needs_signals
def test_one_that_hangs_is_ended_with_its_loader(tmp_path: Path) -> None:
    items = iter(a_loader(tmp_path, [0, 9]))
    owner = psutil.Process(int(next(items)))
    while not (tmp_path / "9").exists():
        time.sleep(0.05)
    del items
    owner.wait(20)


def test_what_is_wrong_with_a_file_is_told_as_without_processes(tmp_path: Path) -> None:
    with pytest.raises(PreparedSetError) as told, loader_errors():
        list(a_loader(tmp_path, [7]))
    assert str(told.value) == "a/b.npy: is cut off: 3 of 4; prepare; again"


def test_a_process_that_ended_by_itself_is_one_line(tmp_path: Path) -> None:
    ended = "data.workers: a process of the loaders ended before its time"
    with pytest.raises(OptionError, match=ended), loader_errors():
        list(a_loader(tmp_path, [8]))


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="mine"), loader_errors():
        raise RuntimeError("mine")


def test_a_script_without_a_guard_is_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_in_loader()
    monkeypatch.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
    with pytest.raises(OptionError, match="put what it does under if __name__ == '__main__'"):
        refuse_in_loader()
