"""Whoever uses jobs need not know which kind they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from medsam_core.jobs.inline import Inline
from medsam_core.jobs.jobs import Jobs
from medsam_core.jobs.response import Finished
from medsam_core.jobs.worker import Worker
from testkit.job_handlers import Script, ScriptHandler


@pytest.mark.parametrize("kind", [Worker, Inline])
def test_both_kinds_are_used_in_one_way(kind: Callable[..., Jobs]) -> None:
    jobs = kind(ScriptHandler())
    jobs.submit(Script(1, "a", 0))
    assert jobs.wait_idle(20) and not jobs.is_busy
    assert jobs.poll()[-1] == Finished(1, "a", 0)
    jobs.cancel()
    assert jobs.close(20)
