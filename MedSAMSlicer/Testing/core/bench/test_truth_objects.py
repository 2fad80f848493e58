"""A label map falls into connected objects, and each can be marked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from medsam_core.bench.labelled_cases import labelled_volumes, sample_cases
from medsam_core.bench.truth_objects import objects_of
from medsam_core.errors import OptionError
from medsam_core.geometry import Geometry


def some_labels() -> np.ndarray:
    labels = np.zeros((12, 20, 24), np.uint8)
    labels[2:9, 3:9, 4:12] = 3
    labels[2:5, 12:18, 4:9] = 3
    labels[6:11, 12:18, 23] = 7
    labels[0, 0, 0] = 7
    return labels


def test_each_connected_part_is_an_object_the_largest_of_a_label_first() -> None:
    found = [(o.label, o.part, int(o.mask_kji.sum())) for o in objects_of(some_labels(), 5, 2)]
    assert found == [(3, 1, 336), (3, 2, 90), (7, 1, 30)]
    largest = [(o.label, o.part) for o in objects_of(some_labels(), 5, 2, largest_only=True)]
    assert largest == [(3, 1), (7, 1)]


def test_every_prompt_of_an_object_is_valid_and_holds_it() -> None:
    labels = some_labels()
    geometry = Geometry((24, 20, 12), np.eye(4))
    for found in objects_of(labels, 5, 2):
        for segment in (found.box_3d, found.box_on_middle):
            segment.boxes[0].check_inside(geometry)
        (i0, j0, k0), (i1, j1, k1) = found.box_3d.boxes[0].min_ijk, found.box_3d.boxes[0].max_ijk
        assert found.mask_kji[k0 : k1 + 1, j0 : j1 + 1, i0 : i1 + 1].sum() == found.mask_kji.sum()
        assert found.box_on_middle.boxes[0].slices_k == range(found.middle, found.middle + 1)


def test_cases_of_a_split_are_listed_and_sampled_alike_each_time(data_root: Path) -> None:
    cases = labelled_volumes(data_root, "test")
    assert {case.split for case in cases} == {"test"}
    chosen = sample_cases(cases, 3, seed=1)
    assert chosen == sample_cases(list(reversed(cases)), 3, seed=1)
    assert sum(case.set_name == "hippocampus_mr" for case in chosen) == 3
    assert chosen[0].labels_kji().shape == chosen[0].volume().array_kji.shape[:3]


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"manifest\.json"):
        labelled_volumes(tmp_path, "test")
    (tmp_path / "manifest.json").write_text(json.dumps({"sets": {}, "items": []}))
    assert labelled_volumes(tmp_path, "test") == []
