"""On real labels, with a model that knows the truth, tracking ends where objects end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.bench.labelled_cases import LabelledCase, labelled_volumes, sample_cases
from medsam_core.bench.oracle_faults import OracleFaults
from medsam_core.bench.propagation_table import measure_oracle


@pytest.fixture(scope="module")
def cases(data_root: Path) -> list[LabelledCase]:
    train = sample_cases(labelled_volumes(data_root, "train"), 2)
    return [c for c in train if c.set_name == "hippocampus_mr" or c.case == "ct_abdomen"]


def test_tracked_objects_end_where_they_end_though_slices_are_missed(cases: list[LabelledCase]) -> None:
    faults = OracleFaults(misses=0.06)
    rows = [
        row for case in cases for row in measure_oracle(case, faults, ["track"]) if row.prompt == "2D box"
    ]
    assert len(rows) > 40
    ends = np.abs([[row.below, row.above] for row in rows])
    assert np.mean(ends <= 1) >= 0.95
    assert np.mean([row.dsc for row in rows]) > 0.88
    # Where the prompted box itself holds a part of the neighbour, following it is what was asked for.
    assert np.mean([row.neighbour > 0.05 for row in rows]) < 0.03
