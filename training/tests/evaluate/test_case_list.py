"""Cases come from prepared sets and from folders alike."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medsam_core.errors import OptionError
from medsam_training.evaluate.case_list import is_prepared, list_cases


def test_a_folder_and_its_prepared_set_are_the_same_cases(balls, prepared_balls):
    raw, prepared = list_cases([balls]), list_cases([prepared_balls])
    assert [case.id for case in raw] == [case.id for case in prepared]
    assert [case.patient for case in raw] == [case.patient for case in prepared]
    one, other = raw[0].load(), prepared[0].load()
    assert one.spacing_kji == other.spacing_kji == (3.0, 1.0, 1.0) and one.shape_kji == other.shape_kji
    for k in other.slice_numbers:
        np.testing.assert_array_equal(one.image_yx(k), other.image_yx(k))
        np.testing.assert_array_equal(one.labels_yx(k), other.labels_yx(k))


def test_a_folder_keeps_the_slices_without_labels(balls, prepared_balls):
    raw, prepared = list_cases([balls])[0].load(), list_cases([prepared_balls])[0].load()
    assert raw.slice_numbers == tuple(range(8)) and len(prepared.slice_numbers) < 8


def test_only_prepared_sets_are_taken_for_one(balls, prepared_balls):
    assert is_prepared(prepared_balls) and not is_prepared(balls)


def test_an_intensity_preset_changes_what_a_folder_shows(balls):
    auto, given = (list_cases([balls], intensity=i)[0] for i in ((), ("0,60",)))
    assert auto.stamp != given.stamp
    assert not np.array_equal(auto.load().image_yx(4), given.load().image_yx(4))


def test_a_manifest_of_sets_gives_its_split(small_data):
    assert [case.id for case in list_cases([small_data])] == ["discs/b", "volume/w"]
    assert [case.id for case in list_cases([small_data], sets=("volume",))] == ["volume/w"]
    assert len(list_cases([small_data], "train")) == 3 and len(list_cases([small_data], "all")) == 5


@pytest.mark.parametrize(
    ("source", "options", "told"),
    [
        ("prepared", {"split": "val"}, "has no case of the split 'val'; use --split test or all"),
        ("prepared", {"split": "tests"}, "--split: there is no split 'tests'"),
        ("prepared", {"intensity": ("mr",)}, "--intensity: does nothing for .* which is prepared"),
        ("prepared", {"group_by": "x"}, "--group-by: does nothing for"),
        ("prepared", {"labels": ("bal",)}, "--labels: no case has 'bal'; did you mean ball"),
        ("raw", {"split": "test"}, "--split: .* does not say which cases are for what"),
    ],
)
def test_what_cannot_be_is_one_line(balls, prepared_balls, source, options, told):
    with pytest.raises(OptionError, match=told):
        list_cases([prepared_balls if source == "prepared" else balls], **options)


def test_two_sources_with_one_case_are_refused(prepared_balls):
    with pytest.raises(OptionError, match="two sources have a case balls/case0"):
        list_cases([prepared_balls, prepared_balls])


def test_a_prepared_set_that_was_made_anew_is_another(prepared_balls, tmp_path):
    first = list_cases([prepared_balls])[0].stamp
    manifest = json.loads((prepared_balls / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "arrays").symlink_to(prepared_balls / "arrays")
    manifest["cases"][0]["content"] = "other"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert list_cases([tmp_path])[0].stamp != first
