"""Many cases in one run: one model, one failure at a time, resumable, shared out over processes."""

from medsam_core.batch.case import Case
from medsam_core.batch.cases_file import read_cases
from medsam_core.batch.run import run_batch
from medsam_core.batch.summary import BatchSummary

__all__ = ["BatchSummary", "Case", "read_cases", "run_batch"]
