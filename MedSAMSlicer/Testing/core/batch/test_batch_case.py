"""A case is read without the model, and its failure becomes a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.batch.batch_case import CaseWorker
from medsam_core.batch.batch_model import BatchModel, ModelChoice
from medsam_core.batch.batch_options import BatchOptions
from medsam_core.batch.case import Case
from medsam_core.batch.case_record import CaseRecord
from medsam_core.batch.content import inputs_of
from medsam_core.errors import Cancelled
from testkit.batch_cases import BOX, a_ball


@pytest.fixture
def worker(tmp_path: Path) -> CaseWorker:
    return CaseWorker(tmp_path, BatchModel(ModelChoice("demo", device="cpu")), BatchOptions(force=True))


def test_reading_and_finishing_write_a_record_that_holds(worker: CaseWorker, tmp_path: Path) -> None:
    case = Case("a", a_ball(tmp_path / "ball.nrrd"), (BOX,))
    ready = worker.prepare(case)
    assert ready.row is None and ready.run.volume.array_kji.shape == (4, 26, 28)
    row = worker.finish(ready)
    record = CaseRecord.read(ready.files.report)
    assert record.row == row and row.status == "done"
    assert record.still_holds(ready.files, inputs_of(case), worker.recorded)


def test_what_cannot_be_read_is_a_row_at_once(worker: CaseWorker, tmp_path: Path) -> None:
    ready = worker.prepare(Case("a", tmp_path / "none.nii", (BOX,)))
    assert ready.run is None and ready.row.status == "failed"
    assert worker.finish(ready) is ready.row


def test_cancelling_writes_nothing(worker: CaseWorker, tmp_path: Path) -> None:
    ready = worker.prepare(Case("a", a_ball(tmp_path / "ball.nrrd"), (BOX,)))
    with pytest.raises(Cancelled):
        worker.finish(ready, cancel=lambda: True)
    assert [p.name for p in tmp_path.iterdir()] == ["ball.nrrd"]
