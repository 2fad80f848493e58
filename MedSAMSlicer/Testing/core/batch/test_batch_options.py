"""Options are checked once for all cases, and recorded as far as they change a result."""

from __future__ import annotations

import pytest

from medsam_core.batch.batch_options import BatchOptions
from medsam_core.errors import MedSAMError


@pytest.mark.parametrize(
    "wrong", [{"propagation": "x"}, {"intensity": "x"}, {"resume": True, "force": True}], ids=str
)
def test_what_could_not_be_done_for_any_case_is_refused(wrong: dict) -> None:
    BatchOptions().check()
    with pytest.raises(MedSAMError):
        BatchOptions(**wrong).check()


def test_only_what_changes_a_result_is_recorded() -> None:
    plain = BatchOptions().recorded
    assert BatchOptions(overviews=True, resume=True).recorded == plain
    assert BatchOptions(propagation="track").recorded != plain != BatchOptions(intensity="mr").recorded
