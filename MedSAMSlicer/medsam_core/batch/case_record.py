"""The mark of a finished case: what it was made from, with what, and the checksums of what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from medsam_core.batch.case_files import CaseFiles
from medsam_core.batch.case_row import CaseRow
from medsam_core.batch.content import sha256_of_file

KEY = "batch"
"""Where it stands in the report."""

_LARGEST_REPORT = 64 << 20


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore")

    batch: CaseRecord


class CaseRecord(BaseModel):
    """Kept in the report of a case, which is renamed after the files it tells of.

    Attributes:
        version: of this layout.
        inputs: see `content.inputs_of`.
        options: what was asked for that changes the result, and which model.
        outputs: name of each file -> its sha256.
        row: of the summary.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    inputs: dict[str, str]
    options: dict[str, str]
    outputs: dict[str, str]
    row: CaseRow

    @classmethod
    def read(cls, report: Path) -> CaseRecord | None:
        """That of a report; None if there is none, or none that can be understood."""
        try:
            with report.open("rb") as stream:
                text = stream.read(_LARGEST_REPORT + 1)
            return _Envelope.model_validate_json(text).batch if len(text) <= _LARGEST_REPORT else None
        except (OSError, ValidationError):
            return None

    def still_holds(self, files: CaseFiles, inputs: dict[str, str], options: dict[str, str]) -> bool:
        """Whether the files are there, unaltered, and made from these inputs with these options."""
        if (self.inputs, self.options) != (inputs, options):
            return False
        return all(self._is_unaltered(path) for path in files.paths if path != files.report)

    def _is_unaltered(self, path: Path) -> bool:
        try:
            return self.outputs.get(path.name) == sha256_of_file(path)
        except OSError:
            return False


_Envelope.model_rebuild()
