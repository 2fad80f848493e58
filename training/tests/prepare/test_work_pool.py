"""Cases shared out to processes: all are worked on once, and a killed process costs its case only."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from medsam_training.prepare.work_pool import default_workers, run_tasks

# The work has to be importable in other processes: functions of the standard library do.
WORK = os.path.basename


@pytest.mark.parametrize("workers", [1, 2])
def test_each_task_comes_back_once(workers):
    tasks = [f"a/{n}" for n in range(23)]
    found = dict(run_tasks(WORK, tasks, workers))
    assert found == {task: task[2:] for task in tasks}


def test_a_process_that_is_killed_costs_its_own_task_only():
    # os._exit ends the process that is given 3; a string is refused and would raise
    found = list(run_tasks(_exit_or_square, [1, 2, 3, 4, 5, 6], 2))
    assert sorted(found, key=lambda pair: pair[0]) == [(1, 1), (2, 4), (3, None), (4, 16), (5, 25), (6, 36)]


def _exit_or_square(number: int) -> int:
    if number == 3:
        os._exit(9)
    return number * number


def test_an_error_ends_the_run():
    with pytest.raises(TypeError):
        list(run_tasks(WORK, ["a", 3, "b"], 2))


def test_processes_end_with_a_parent_that_is_killed(tmp_path):
    code = (
        "import time\n"
        "from medsam_training.prepare.work_pool import run_tasks\n"
        "if __name__ == '__main__': list(run_tasks(time.sleep, [60.0, 60.0], 2))\n"
    )
    (tmp_path / "main.py").write_text(code)
    parent = subprocess.Popen([sys.executable, str(tmp_path / "main.py")])
    children = _until(lambda: [c for c in psutil.Process(parent.pid).children() if _sleeps(c)], 2)
    time.sleep(3)  # until they are past their start and at work
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


def _sleeps(process: psutil.Process) -> bool:
    return "spawn_main" in " ".join(process.cmdline())


def _until(look, count):
    for _ in range(300):
        found = look()
        if len(found) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError("the processes did not start")


def test_there_is_always_a_worker():
    assert 1 <= default_workers() <= multiprocessing.cpu_count()
