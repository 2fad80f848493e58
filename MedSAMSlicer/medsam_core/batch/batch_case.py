"""One case of a batch, from reading ahead to its files, and the one place where its failure is caught."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from medsam_core.batch.batch_model import BatchModel
from medsam_core.batch.batch_options import BatchOptions
from medsam_core.batch.case import Case
from medsam_core.batch.case_files import CaseFiles
from medsam_core.batch.case_record import KEY, CaseRecord
from medsam_core.batch.case_row import CaseRow
from medsam_core.batch.content import inputs_of, sha256_of_file
from medsam_core.case_run import CaseRun
from medsam_core.errors import Cancelled, MedSAMError
from medsam_core.segmentation_result import SegmentationResult

Progress = Callable[[int, int, str], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class BatchCase:
    """A case with its files, and what was read for it.

    Attributes:
        row: what became of it; None while it waits for the model.
        run: what was read; None once there is a row.
    """

    case: Case
    files: CaseFiles
    inputs: dict[str, str] = field(default_factory=dict)
    run: CaseRun | None = None
    row: CaseRow | None = None


@dataclass(frozen=True, eq=False)
class CaseWorker:
    """What is the same for all cases of a batch."""

    folder: Path
    model: BatchModel
    options: BatchOptions

    @property
    def recorded(self) -> dict[str, str]:
        """Options and model, as records hold them."""
        return {**self.options.recorded, **self.model.options}

    def prepare(self, case: Case) -> BatchCase:
        """Read a case, or say that it is finished or cannot be read. Needs no model; for any thread."""
        files = CaseFiles.of(case, self.folder, overviews=self.options.overviews)
        rows: list[CaseRow] = []
        with _failure_as_row(case, rows):
            return self._prepared(case, files)
        return BatchCase(case, files, row=rows[0])

    def finish(
        self,
        ready: BatchCase,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> CaseRow:
        """Segment and write a case that was read.

        Raises:
            Cancelled: `cancel` returned True; nothing of this case was written.
            MedSAMError: the model cannot be loaded.
        """
        if ready.row is not None:
            return ready.row
        model = self.model.get(progress)  # if it cannot be loaded, that is no failure of this case
        rows: list[CaseRow] = []
        with _failure_as_row(ready.case, rows):
            result = ready.run.segment(model, progress=progress, cancel=cancel)
            rows.append(self._written(ready, result))
        return rows[0]

    def _prepared(self, case: Case, files: CaseFiles) -> BatchCase:
        options = self.options
        case.source.check("box, prompts")
        if not (options.resume or options.force):
            files.check_free()
        inputs = inputs_of(case)
        record = CaseRecord.read(files.report) if options.resume else None
        if record is not None and record.still_holds(files, inputs, self.recorded):
            return BatchCase(case, files, row=record.row.skipped(case.id))
        run = CaseRun.read(
            case.source, files.labels, intensity=options.intensity, propagation=options.propagation
        )
        return BatchCase(case, files, inputs, run)

    def _written(self, ready: BatchCase, result: SegmentationResult) -> CaseRow:
        from medsam_core.report import write_report

        model, run = self.model.get(), ready.run
        with ready.files.open() as temporary:
            run.write(result, model, labels=temporary.labels, overview=temporary.overview)
            stages = ("load_image", "segment", "write")
            row = CaseRow.done(ready.case.id, result, sum(run.seconds[stage] for stage in stages))
            record = CaseRecord(
                inputs=ready.inputs,
                options=self.recorded,
                outputs={
                    final.name: sha256_of_file(written)
                    for final, written in zip(ready.files.paths[:-1], temporary.paths[:-1], strict=True)
                },
                row=row,
            )
            write_report({**run.report(result, model), KEY: record.model_dump()}, temporary.report)
        return row


@contextmanager
def _failure_as_row(case: Case, rows: list[CaseRow]) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
        return
    except Cancelled:
        raise
    except MedSAMError as error:
        reason = str(error)
    except MemoryError:
        reason = f"{case.image}: there is not enough memory for it; crop it or close other programs"
    except Exception as error:  # noqa: BLE001 - whatever ends one case is told, and must not end the others
        _log.info("case %s failed", case.id, exc_info=True)
        problem = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        reason = f"{case.image}: unexpected failure ({problem}); segment it alone with --debug and report it"
    rows[:] = [CaseRow(case.id, "failed", seconds=round(time.perf_counter() - start, 3), reason=reason)]
