"""Many cases, one after the other: one failure never stops the rest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.atomic_file import make_folder
from medsam_core.batch.batch_case import CaseWorker
from medsam_core.batch.batch_model import BatchModel, ModelChoice
from medsam_core.batch.batch_options import BatchOptions
from medsam_core.batch.case import DEFAULT_FORMAT, Case, check_suffix
from medsam_core.batch.case_files import check_inputs_are_kept, remove_stale_temporaries
from medsam_core.batch.case_row import CaseRow
from medsam_core.batch.cases_file import make_cases, read_cases
from medsam_core.batch.ledger import Ledger, is_alone, read_ledgers
from medsam_core.batch.read_ahead import read_ahead
from medsam_core.batch.shard import Shard
from medsam_core.batch.summary import BatchSummary, write_summary
from medsam_core.batch.unique import check_unique
from medsam_core.errors import Cancelled
from medsam_core.prompts import Box

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

Progress = Callable[[int, int, str], None]
Cases = str | os.PathLike[str] | Sequence[Case] | Sequence[Mapping[str, object]]


def run_batch(
    cases: Cases,
    output_dir: str | os.PathLike[str],
    model: str | os.PathLike[str] | ModelChoice | Model = "demo",
    *,
    propagation: str = "roi",
    intensity: str = "auto",
    format: str = DEFAULT_FORMAT,
    overviews: bool = False,
    resume: bool = False,
    force: bool = False,
    shard: Shard | None = None,
    progress: Progress | None = None,
    on_case: Callable[[CaseRow], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> BatchSummary:
    """Segment many images with one model; one failure never stops the rest.

    For each case there are labels, ``<id>.report.json`` and, if wanted, ``<id>.overview.png``; of all of them
    ``summary.csv`` and ``summary.json``. While a case is segmented, the next one is read.

    Args:
        cases: a JSON or CSV file (see `read_cases`), or the same as a list: of `Case`, or of dicts with
            relative paths relative to the current folder.
        output_dir: where everything goes; made if need be.
        model: a name or path, a `ModelChoice`, or a loaded model.
        propagation, intensity: as for `segment_volume`, for all cases.
        format: suffix of the outputs for which the list names none.
        overviews: write a picture of slices for each case.
        resume: skip the cases that are finished: their files are there and unaltered, and made from the same
            image, prompts, options and model. The others are done anew, whatever is there.
        force: do all anew, whatever is there. Otherwise, and without `resume`, a case of which a file exists
            fails.
        shard: this process's share; by default what torchrun or SLURM say, else all.
        progress: called with (cases done, cases, what is being done), on this thread.
        on_case: called with each case's row of the summary when it is there.
        cancel: asked before each encoder call and each case; True ends the run. What is finished stays.

    Returns:
        The summary. Failures and what was not reached are in it; they raise nothing.

    Raises:
        MedSAMError: list, options or model cannot be used, or the folder takes no files: before any work.
    """
    options = BatchOptions(propagation, intensity, overviews, resume, force)
    options.check()
    share = shard if shard is not None else Shard.from_environment()
    listed = _cases(cases, format)
    folder = Path(output_dir)
    choice = _choice(model, share)
    read = (*(choice.files if isinstance(choice, ModelChoice) else ()), *_list_file(cases))
    check_inputs_are_kept(listed, folder, read)
    worker = CaseWorker(folder, BatchModel(choice), options)
    make_folder(folder)
    return _Run(listed, share, worker, progress, on_case, cancel).run()


@dataclasses.dataclass(frozen=True, eq=False)
class _Run:
    """All cases, and who wants to hear of them."""

    cases: Sequence[Case]
    shard: Shard
    worker: CaseWorker
    progress: Progress | None
    on_case: Callable[[CaseRow], None] | None
    cancel: Callable[[], bool] | None

    def run(self) -> BatchSummary:
        folder, key = self.worker.folder, self._key()
        with Ledger.open(folder, self.shard, key) as ledger:
            remove_stale_temporaries(folder, alone=is_alone(folder, self.shard))
            try:
                with suppress(Cancelled):
                    self._work(ledger)
                    ledger.end()
            finally:  # Ctrl-C and a model that cannot be loaded leave a true table, too
                summary = write_summary(folder, self.cases, self.shard, key, self.worker.recorded)
        if summary.failed and self.shard.ends_together and summary.count("pending") == 0:
            self._wait_for_others(key)
        return summary

    def _work(self, ledger: Ledger) -> None:
        mine = self.shard.share(self.cases)
        with read_ahead(self.worker.prepare, mine) as prepared:
            for done, ready in enumerate(prepared):
                if self.cancel is not None and self.cancel():
                    raise Cancelled("batch")
                row = self.worker.finish(
                    ready, progress=self._slices(done, len(mine), ready.case.id), cancel=self.cancel
                )
                del ready
                ledger.add(row)
                if self.on_case is not None:
                    self.on_case(row)
                if self.progress is not None:
                    self.progress(done + 1, len(mine), row.id)

    def _slices(self, done: int, total: int, case_id: str) -> Progress | None:
        if self.progress is None:
            return None
        return lambda slices, count, what: self.progress(done, total, f"{case_id}: {what} ({slices}/{count})")

    def _wait_for_others(self, key: str) -> None:
        """Ending with failures would make the launcher end the other ranks; let them come to their ends."""
        pause = 0.1
        if self.progress is not None:
            count = len(self.shard.share(self.cases))
            self.progress(count, count, "waiting for the other ranks")
        while not all(
            ledger.ended and ledger.start == self.shard.start
            for ledger in read_ledgers(self.worker.folder, self.shard, key)
        ):
            if self.cancel is not None and self.cancel():
                return
            time.sleep(pause)
            pause = min(2 * pause, 5.0)

    def _key(self) -> str:
        names = [(case.id, case.output) for case in self.cases]
        content = json.dumps([names, self.worker.recorded, self.worker.options.overviews])
        return hashlib.sha256(content.encode()).hexdigest()[:32]


def _cases(cases: Cases, format: str) -> Sequence[Case]:
    if isinstance(cases, str | os.PathLike):
        return read_cases(cases, format)
    given = list(cases)
    if given and all(isinstance(case, Case) for case in given):
        check_unique(given, [f"case {n}" for n in range(1, len(given) + 1)])
        return given
    rows = ((f"cases: case {number}", _plain(row)) for number, row in enumerate(given, 1))
    return make_cases(rows, Path.cwd(), check_suffix(format), "cases")


def _plain(value: object) -> object:
    """Paths and boxes as a file would hold them."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Box | os.PathLike) else value


def _list_file(cases: Cases) -> tuple[Path, ...]:
    return (Path(cases),) if isinstance(cases, str | os.PathLike) else ()


def _choice(model: str | os.PathLike[str] | ModelChoice | Model, shard: Shard) -> ModelChoice | Model:
    choice = ModelChoice(model) if isinstance(model, str | os.PathLike) else model
    if not isinstance(choice, ModelChoice):
        return choice
    return dataclasses.replace(choice, device=shard.device(choice.device, choice.backend))
